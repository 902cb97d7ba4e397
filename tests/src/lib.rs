//! Tests of what crosses the crates of this workspace; they are under `tests/`, and outside validators under `peers/`.
