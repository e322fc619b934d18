/** Words of the task view. */
export const task = {};
