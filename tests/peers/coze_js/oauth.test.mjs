// Stories of the OAuth flows, and of tokens that are renewed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CozeAPI,
  getDeviceCode,
  getDeviceToken,
  getJWTToken,
  getPKCEAuthenticationUrl,
  getPKCEOAuthToken,
  getWebAuthenticationUrl,
  getWebOAuthToken,
  refreshOAuthToken,
} from '@coze/api';
import { base, USER, WORKSPACE } from './support.mjs';

const WEB_APP = '1000000000000000001.app.coze';
const PKCE_APP = '1000000000000000002.app.coze';
const DEVICE_APP = '1000000000000000003.app.coze';
const JWT_APP = '1000000000000000004';

const app = async (id) => (await fetch(`${base}/mock/oauth/apps/${id}`)).json();
const me = async (token) => (await new CozeAPI({ token, baseURL: base }).users.me()).user_id;

/** Returns the code with which a browser is redirected. */
async function redirected(url, state) {
  const response = await fetch(url, { redirect: 'manual' });
  const query = new URL(response.headers.get('location')).searchParams;
  assert.equal(query.get('state'), state);
  return query.get('code');
}

test('a service with a key', async () => {
  const { private_key, public_key_id } = await app(JWT_APP);
  const config = { appId: JWT_APP, aud: new URL(base).host, keyid: public_key_id, privateKey: private_key };
  const token = await getJWTToken({ ...config, baseURL: base, durationSeconds: 600, sessionName: 'peer' });
  assert.equal(await me(token.access_token), USER);
});

test('a web app, whose refresh token is valid once', async () => {
  const { client_secret } = await app(WEB_APP);
  const config = { baseURL: base, clientId: WEB_APP, redirectUrl: 'https://peer.example.com/callback' };
  const code = await redirected(getWebAuthenticationUrl({ ...config, state: '7' }), '7');
  const first = await getWebOAuthToken({ ...config, code, clientSecret: client_secret });
  const renewal = { baseURL: base, clientId: WEB_APP, clientSecret: client_secret };
  const second = await refreshOAuthToken({ ...renewal, refreshToken: first.refresh_token });
  assert.equal(await me(second.access_token), USER);
  assert.notEqual(second.access_token, first.access_token);
  await assert.rejects(() => refreshOAuthToken({ ...renewal, refreshToken: first.refresh_token }));
});

test('an app with a proof key', async () => {
  const config = { baseURL: base, clientId: PKCE_APP, redirectUrl: 'http://127.0.0.1:1/' };
  const { url, codeVerifier } = await getPKCEAuthenticationUrl({ ...config, state: '8', workspaceId: WORKSPACE });
  const token = await getPKCEOAuthToken({ ...config, code: await redirected(url, '8'), codeVerifier });
  assert.equal(await me(token.access_token), USER);
  const { refresh_token } = token;
  const renewed = await refreshOAuthToken({ baseURL: base, clientId: PKCE_APP, refreshToken: refresh_token });
  assert.equal(await me(renewed.access_token), USER);
});

test('a device', async () => {
  const config = { baseURL: base, clientId: DEVICE_APP };
  const first = await getDeviceCode(config);
  await assert.rejects(
    () => getDeviceToken({ ...config, deviceCode: first.device_code }),
    (error) => error.rawError.error === 'authorization_pending',
  );
  const { device_code, user_code, verification_uri } = await getDeviceCode(config);
  const page = `${verification_uri}?user_code=${user_code}&decision=grant`;
  assert.equal((await fetch(page)).status, 200);
  const token = await getDeviceToken({ ...config, deviceCode: device_code, poll: true });
  assert.equal(await me(token.access_token), USER);
});

test('a token that is renewed while the client is used', async () => {
  const { client_secret } = await app(WEB_APP);
  const config = { baseURL: base, clientId: WEB_APP, redirectUrl: 'https://peer.example.com/callback' };
  const code = await redirected(getWebAuthenticationUrl({ ...config, state: '9' }), '9');
  let pair = await getWebOAuthToken({ ...config, code, clientSecret: client_secret });
  const used = new Set();
  const token = async () => {
    if (used.has(pair.access_token))
      pair = await refreshOAuthToken({
        baseURL: base,
        clientId: WEB_APP,
        clientSecret: client_secret,
        refreshToken: pair.refresh_token,
      });
    used.add(pair.access_token);
    return pair.access_token;
  };
  const renewing = new CozeAPI({ token, baseURL: base });
  for (let call = 0; call < 3; call += 1) assert.equal((await renewing.users.me()).user_id, USER);
  assert.equal(used.size, 3);
});
