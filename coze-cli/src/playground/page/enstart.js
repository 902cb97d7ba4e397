// The English texts of logins and frequent questions.

/** @type {Record<string, string>} */
export default {
  'account.api': 'Platform',
  'account.api.cn': 'China (api.coze.cn)',
  'account.api.com': 'International (api.coze.com)',
  'account.api.other': 'Another address',
  'account.api.studio': 'Coze Studio on your own server',
  'account.help':
    'The token goes to the local server of this page, which checks it and keeps it in memory until the playground stops. If you enter a name, it is saved as a coze profile, in your system’s keyring if there is one. The page never gets it back.',
  'account.profile': 'Save as profile (optional)',
  'account.profile.none': 'not saved',
  'account.title': 'Enter a token',
  'account.token': 'Token',
  'account.url': 'API address',
  'account.use': 'Use this token',
  'account.where': 'Create a token on',
  'target.entered': 'Entered token',
  'target.entered.forget': 'Forget',
  'faq.title': 'Questions',
  'faq.tokens': 'Which kind of token do I need?',
  'faq.tokens.limits':
    'A token can do what its permissions and its workspaces allow. A token for a single workspace cannot have account-level permissions, such as createConversation. Any kind works for the steps above.',
  'faq.tokens.where': 'Personal and service access tokens are created on the website:',
  'faq.tokens.apps':
    'OAuth apps are created there, too. To log in with one, pass its configuration file to coze auth login --app:',
  'faq.token.pat': 'Personal access token',
  'faq.token.pat.for': 'For you and your scripts. It acts as you.',
  'faq.token.pat.life': 'Fixed; create a new one when it expires.',
  'faq.token.sat': 'Service access token',
  'faq.token.sat.for': 'For a service with its own identity. All its users share its conversations.',
  'faq.token.sat.life': 'Fixed, like a personal access token.',
  'faq.token.jwt': 'OAuth app, JWT',
  'faq.token.jwt.for':
    'For a service that signs with a key, without a login. A session name keeps its users’ conversations apart.',
  'faq.token.jwt.life': '15 minutes by default, at most 24 hours; the SDK requests new tokens.',
  'faq.token.web': 'OAuth app, web',
  'faq.token.web.for':
    'For a web application with a server, whose users log in with their own accounts.',
  'faq.token.web.life': '15 minutes; the SDK renews it for 30 days.',
  'faq.token.pkce': 'OAuth app, PKCE',
  'faq.token.pkce.for':
    'For desktop, mobile and single-page applications, which cannot keep a client secret.',
  'faq.token.pkce.life': '15 minutes; the SDK renews it for 30 days.',
  'faq.token.device': 'OAuth app, device code',
  'faq.token.device.for': 'For command lines and devices without a browser.',
  'faq.token.device.life': '15 minutes; the SDK renews it for 30 days.',
  'faq.cost': 'Is the playground free of charge?',
  'faq.cost.answer':
    'The playground and its mock are free. Calls to a real API count toward your account’s quota and bill, like those of your own programs. The page asks before calls that may change data or incur costs.',
  'faq.samples': 'Why does a sample not use the official SDK, or why is there none?',
  'faq.samples.answer':
    'Every operation has a sample in each language. If the official SDK of a language lacks the operation, the sample uses an HTTP client and says so in its first line. A scenario takes several requests, and not every language can run one: curl, for example, makes single requests. The page then gives the reason.',
  'faq.abroad': 'Can I use it from abroad?',
  'faq.abroad.answer':
    'Yes. The page runs on your machine, and calls go from it to the API, through the proxy in HTTPS_PROXY if that is set. coze.cn and coze.com are separate platforms: an account, its tokens and its bots exist on only one of them, and the other rejects the tokens. Choose the platform when you enter the token.',
  'faq.safety': 'Where does my token go?',
  'faq.safety.answer':
    'Only to the local server, which sends it only to the API that it belongs to. It is never part of the page, of samples, exports, links, records or drafts. Without a profile name, it is gone when the playground stops. Delete a token that you no longer need on the website.',
  'faq.published': 'Why does a bot not answer?',
  'faq.published.answer':
    'A bot answers through the API only once it has been published to the “API” channel, and the token needs access to its workspace. Step 4 publishes it. Errors in the page come with ways to solve them.',
};
