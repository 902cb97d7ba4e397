// The entry of the classic script: defines `CozeWebSDK`.

import { setBaseUrl, WebChatClient } from './client.js';

const script = document.currentScript;
// The calls go to the server of the script.
if (script instanceof HTMLScriptElement && script.src) setBaseUrl(new URL('.', script.src).href);

Object.assign(window, { CozeWebSDK: Object.assign(Reflect.get(window, 'CozeWebSDK') || {}, { WebChatClient }) });
