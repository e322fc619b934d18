/** Words of questions and approvals. */
export const ask = {};
