//! A local server of the Coze API, for tests without a token.
