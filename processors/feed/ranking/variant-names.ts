// The variants of the ranking: `fixed` has the document's weights, `learned` is trained on the topics.
export const variantNames = ['fixed', 'learned'] as const;
export type VariantName = (typeof variantNames)[number];
