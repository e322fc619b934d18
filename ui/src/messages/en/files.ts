/** Words of the file viewer and the changes view. */
export const files = {};
