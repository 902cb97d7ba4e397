//! The browser of the user who logs in. That of the mock's user looks at its pages by itself.

use std::io::{self, Write as _};

use reqwest::Client;
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;

use super::{Result, mock};

/// Asks the user to open an address.
pub(crate) fn open(url: &str) -> Result<()> {
    println!("Open {url}");
    if mock::is_running() {
        let visit = Client::builder().no_proxy().build()?.get(url).send();
        tokio::spawn(visit);
    }
    Ok(())
}

/// Asks the user to open an address, and where the browser was sent in the end.
pub(crate) async fn redirected(url: &str) -> Result<String> {
    println!("Open {url}\nWhere was the browser sent?");
    io::stdout().flush()?;
    if !mock::is_running() {
        let read = || io::stdin().lines().next();
        let line = tokio::task::spawn_blocking(read).await?;
        return Ok(line.ok_or("the address is missing")??);
    }
    let client = Client::builder().no_proxy().redirect(Policy::none()).build()?;
    let page = client.get(url).send().await?;
    let location = page.headers().get(LOCATION).ok_or("the page sends nobody on")?;
    println!("{}", location.to_str()?);
    Ok(location.to_str()?.to_owned())
}
