/** Characters of the code that opens the app. */
export const SHORTEST_CODE = 6;
