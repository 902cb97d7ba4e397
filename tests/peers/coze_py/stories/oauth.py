"""Every OAuth flow."""

from urllib.parse import parse_qs, urlsplit

import httpx
from cozepy import Coze, CozeAPIError, CozePKCEAuthError, JWTAuth, TokenAuth, load_oauth_app_from_config

from support import DEVICE_APP, JWT_APP, PKCE_APP, USER, WEB_APP, WORKSPACE


def oauth_app(base, client_id):
    return load_oauth_app_from_config(httpx.get(f"{base}/mock/oauth/apps/{client_id}").json())


def me(base, token):
    return Coze(auth=TokenAuth(token.access_token), base_url=base).users.me().user_id


def story_oauth_of_services(coze, base):
    app = oauth_app(base, JWT_APP)
    assert me(base, app.get_access_token(ttl=600, session_name="peer")) == USER
    assert Coze(auth=JWTAuth(oauth_app=app), base_url=base).users.me().user_id == USER


def story_oauth_of_web_apps(coze, base):
    app = oauth_app(base, WEB_APP)
    back = "https://peer.example.com/callback"
    code = redirected(app.get_oauth_url(back, state="7"), "7")
    token = app.get_access_token(back, code)
    assert me(base, token) == me(base, app.refresh_access_token(token.refresh_token)) == USER
    try:
        app.refresh_access_token(token.refresh_token)
    except CozeAPIError:
        return
    raise AssertionError("a refresh token was accepted twice")


def story_oauth_with_a_proof_key(coze, base):
    app = oauth_app(base, PKCE_APP)
    back, verifier = "http://127.0.0.1:1/", "v" * 43
    url = app.get_oauth_url(back, verifier, code_challenge_method="S256", state="8", workspace_id=WORKSPACE)
    token = app.get_access_token(back, redirected(url, "8"), verifier)
    assert me(base, token) == me(base, app.refresh_access_token(token.refresh_token)) == USER


def story_oauth_of_devices(coze, base):
    app = oauth_app(base, DEVICE_APP)
    code = app.get_device_code()
    for expected in ("authorization_pending", "slow_down"):
        try:
            app.get_access_token(code.device_code)
        except CozePKCEAuthError as error:
            assert error.error.value == expected, error
        else:
            raise AssertionError("access was not granted")
    code = app.get_device_code()
    assert httpx.get(f"{code.verification_url}&decision=grant").status_code == 200
    assert me(base, app.get_access_token(code.device_code, poll=True)) == USER


def redirected(url, state):
    """Returns the code with which the browser is redirected."""
    location = httpx.get(url, follow_redirects=False).headers["location"]
    query = parse_qs(urlsplit(location).query)
    assert query["state"] == [state], location
    return query["code"][0]
