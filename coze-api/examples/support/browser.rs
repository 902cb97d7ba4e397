//! The browser of the user who logs in. With the mock server, a simulated browser visits the page.

use std::future::pending;
use std::io::{self, Write as _};

use reqwest::Client;
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;

use super::{Result, mock};

/// Asks the user to open a URL.
pub(crate) fn open(url: &str) -> Result<()> {
    println!("Open {url}");
    if mock::is_running() {
        let visit = Client::builder().no_proxy().build()?.get(url).send();
        tokio::spawn(visit);
    }
    Ok(())
}

/// Asks the user to open a URL. Returns the URL to which the browser was redirected.
pub(crate) async fn redirect(url: &str) -> Result<String> {
    println!("Open {url}\nPaste the URL to which the browser was redirected:");
    io::stdout().flush()?;
    if !mock::is_running() {
        let read = || io::stdin().lines().next();
        let line = tokio::task::spawn_blocking(read).await?;
        return Ok(line.ok_or("no URL was entered")??);
    }
    let client = Client::builder().no_proxy().redirect(Policy::none()).build()?;
    let page = client.get(url).send().await?;
    let location = page.headers().get(LOCATION).ok_or("the login page did not redirect")?;
    println!("{}", location.to_str()?);
    Ok(location.to_str()?.to_owned())
}

/// Waits forever. With the mock server, waits until a page has sent `text` to `url`, and prints the
/// response.
pub(crate) async fn post(url: String, text: &'static str) {
    if !mock::is_running() {
        return pending().await;
    }
    if let Err(error) = post_and_print(&url, text).await {
        eprintln!("the browser cannot open {url}: {error}");
    }
}

async fn post_and_print(url: &str, text: &'static str) -> Result<()> {
    let response = Client::builder().no_proxy().build()?.post(url).body(text).send().await?;
    println!("{}\n{}", response.status(), response.text().await?.trim_end());
    Ok(())
}
