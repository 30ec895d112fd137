/* Links to the reporting page from where a member is: it can ask the app for a proof (Vouch.tsx), so the app
 * stays open behind it, in a tab of its own. Browsers let it do so only if it is asked for. */
export const REPORTING = { target: "_blank", rel: "opener" } as const;
