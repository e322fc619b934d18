/** Words of the start page and its composer. */
export const home = {};
