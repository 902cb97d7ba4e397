//! Logins and renewals.

use coze_api::SecretString;
use coze_api::auth::{DeviceOAuthApp, JwtOAuthApp, PkceOAuthApp, RedirectCatcher};
use coze_tests::oauth::{CLIENT_ID, KEY_ID, REDIRECT_URI, key};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::world::{Row, RuntimeClock, World, expired, row};

/// All attempts of a request for a token, in seconds.
const TOKEN: u64 = 150;
/// The lifetime of the code of a device, and the last poll.
const DEVICE: u64 = 300 + 30;

fn app(world: &World) -> PkceOAuthApp {
    let builder = PkceOAuthApp::builder(CLIENT_ID).base_url(world.login_url());
    builder.clock(RuntimeClock::new(world)).build().expect("an app")
}

fn device(world: &World) -> DeviceOAuthApp {
    let builder = DeviceOAuthApp::builder(CLIENT_ID).base_url(world.login_url());
    builder.clock(RuntimeClock::new(world)).build().expect("an app")
}

fn service(world: &World) -> JwtOAuthApp {
    let builder = JwtOAuthApp::builder(CLIENT_ID, KEY_ID).private_key_pem(key().pkcs8());
    builder.base_url(world.login_url()).build().expect("an app")
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        row!("auth::authorization::Authorization::finish", TOKEN, |world| {
            let login = app(&world).authorize(REDIRECT_URI)?;
            let redirect = world.oauth.grant(&login.url());
            world.cut();
            login.finish(&redirect).await.map(drop)
        }),
        row!("auth::redirect::RedirectCatcher::finish", TOKEN, |world| {
            let catcher = RedirectCatcher::bind("http://127.0.0.1:0/callback").await?;
            let login = app(&world).authorize(catcher.redirect_uri())?;
            let redirect = world.oauth.grant(&login.url());
            world.cut();
            let redirect = url::Url::parse(&redirect).expect("a URL");
            let address = ("127.0.0.1", redirect.port().expect("a port"));
            let mut browser = TcpStream::connect(address).await.expect("a listener");
            let target = &redirect[url::Position::BeforePath..];
            let head = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n");
            browser.write_all(head.as_bytes()).await.expect("sent");
            catcher.finish(&login).await.map(drop)
        }),
        row!("user_app!", TOKEN, |world| {
            world.cut();
            app(&world).refresh(&SecretString::from("refresh_secret")).await.map(drop)
        }),
        row!("auth::renew::OAuthCredentials::current", TOKEN, |world| {
            world.cut();
            app(&world).credentials().with_token(expired()).current().await.map(drop)
        }),
        row!("auth::device::DeviceCodeRequest::send", TOKEN, |world| {
            world.cut();
            device(&world).device_code().send().await.map(drop)
        }),
        row!("auth::device::DeviceCodeRequest: impl IntoFuture", TOKEN, |world| {
            world.cut();
            device(&world).device_code().await.map(drop)
        }),
        row!("auth::device::DeviceLogin::wait", DEVICE, |world| {
            let mut login = device(&world).device_code().await?;
            world.cut();
            login.wait().await.map(drop)
        }),
        row!("auth::device::DeviceOAuthApp::login", DEVICE, |world| {
            device(&world).login(|_| world.cut()).await.map(drop)
        }),
        row!("auth::jwt::JwtTokenRequest::send", 2 * TOKEN, |world| {
            world.cut();
            service(&world).token().send().await.map(drop)
        }),
        row!("auth::jwt::JwtTokenRequest: impl IntoFuture", 2 * TOKEN, |world| {
            world.cut();
            service(&world).token().await.map(drop)
        }),
    ]
}
