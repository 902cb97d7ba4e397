// Hosts and pages of the platform.

/** Returns the host of an API. @param {{base_url: string}} state */
export function hostOf({ base_url }) {
  return URL.canParse(base_url) ? new URL(base_url).host : base_url;
}

/** Returns the page on which tokens are created. @param {string} region */
export function tokenSite(region) {
  return `https://www.coze.${region}/open/oauth/pats`;
}

/** Returns the page on which OAuth apps are created. @param {string} region */
export function appSite(region) {
  return `https://www.coze.${region}/open/oauth/apps`;
}
