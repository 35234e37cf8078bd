// The roles of accounts: everyone is a user; the others are granted by an operator.
export const roles = ['user', 'creator', 'moderator', 'analyst', 'operator'] as const;
export type Role = (typeof roles)[number];
