// The variants of the ranking that this build can serve; all of them take part in experiments by these names.

export const variantNames = ['fixed', 'learned'] as const;
export type VariantName = (typeof variantNames)[number];

/** Everyone is in this variant unless an experiment runs. */
export const defaultVariant = 'fixed' satisfies VariantName;

export function isVariantName(name: string): name is VariantName {
  return (variantNames as readonly string[]).includes(name);
}
