// The statistics of an experiment: means and rates with intervals, differences between two variants, the sample-ratio check. Pure.

/** Of one variant: users, Σx and Σx² over users. Exact whole numbers, so that a variance is not lost between two large sums. */
export type Sample = { readonly users: number; readonly x: bigint; readonly xx: bigint };

/** Of a rate Σy / Σx: both sums, both sums of squares, and Σxy. */
export type RatioSample = Sample & { readonly y: bigint; readonly yy: bigint; readonly xy: bigint };

/** An estimate, its standard error, and the degrees of freedom of the latter (infinite where it is taken as normal). */
export type Estimate = { readonly value: number; readonly error: number; readonly freedom: number };

export type Interval = { readonly low: number; readonly high: number };

/** Σ(a − ā)(b − b̄) / (n − 1), from sums alone. */
function covariance(n: number, a: bigint, b: bigint, ab: bigint): number {
  return Number(BigInt(n) * ab - a * b) / (n * (n - 1));
}

/** Mean over users. Null with fewer than two users, as nothing is known of their spread. */
export function meanOf({ users, x, xx }: Sample): Estimate | null {
  if (users < 2) return null;
  const variance = covariance(users, x, x, xx);
  return { value: Number(x) / users, error: Math.sqrt(variance / users), freedom: users - 1 };
}

/**
 * R = Σy / Σx with users as the unit, by the delta method: Var R ≈ (s²y − 2 R sxy + R² s²x) / (n x̄²). One user's views depend on each other, so
 * that a binomial interval over views would be too narrow. Deng, Knoblich, Lu: Applying the Delta Method in Metric Analytics, KDD 2018, section 3.
 */
export function ratioOf({ users, x, xx, y, yy, xy }: RatioSample): Estimate | null {
  if (users < 2 || x <= 0n) return null;
  const value = Number(y) / Number(x);
  const mean = Number(x) / users;
  const spread =
    covariance(users, y, y, yy) - 2 * value * covariance(users, x, y, xy) + value * value * covariance(users, x, x, xx);
  const error = Math.sqrt(Math.max(0, spread) / users) / mean;
  return { value, error, freedom: Number.POSITIVE_INFINITY };
}

/** One minus the other. Welch 1947: variances need not be equal; degrees of freedom by Welch and Satterthwaite. */
export function differenceOf(one: Estimate, other: Estimate): Estimate {
  const [a, b] = [one.error ** 2, other.error ** 2];
  const finite = Number.isFinite(one.freedom) && Number.isFinite(other.freedom) && a + b > 0;
  const freedom = finite ? (a + b) ** 2 / (a ** 2 / one.freedom + b ** 2 / other.freedom) : Number.POSITIVE_INFINITY;
  return { value: one.value - other.value, error: Math.sqrt(a + b), freedom };
}

/** The interval that covers the true value in 95 of 100 such experiments. Null where all users are alike: no spread was seen yet. */
export function intervalOf({ value, error, freedom }: Estimate): Interval | null {
  if (!(error > 0)) return null;
  const reach = studentQuantile(0.975, freedom) * error;
  return { low: value - reach, high: value + reach };
}

/** How likely a difference at least so large is if there is none: two-sided. */
export function differenceProbability({ value, error, freedom }: Estimate): number | null {
  return error > 0 ? 2 * studentAbove(Math.abs(value / error), freedom) : null;
}

const expectedUsersMin = 5;

/**
 * How likely counts at least so uneven are if users were divided as planned: Pearson's chi-square. Null while fewer than five users are expected
 * in a variant. Fabijan et al.: Diagnosing Sample Ratio Mismatch in Online Controlled Experiments, KDD 2019.
 */
export function sampleRatioProbability(users: readonly number[], shares: readonly number[]): number | null {
  const all = users.reduce((sum, each) => sum + each, 0);
  const expected = shares.map((share) => share * all);
  if (expected.some((each) => each < expectedUsersMin)) return null;
  const statistic = users.reduce((sum, each, i) => sum + (each - (expected[i] ?? 0)) ** 2 / (expected[i] ?? 1), 0);
  return chiSquareAbove(statistic, users.length - 1);
}

/** P(X > x) of a chi-square distribution: the upper incomplete gamma function Q(freedom / 2, x / 2). */
export function chiSquareAbove(x: number, freedom: number): number {
  return incompleteGamma(freedom / 2, x / 2).above;
}

/** P(T > t) of Student's distribution, for t of 0 or more; of the normal one where the degrees of freedom are infinite. */
function studentAbove(t: number, freedom: number): number {
  if (!Number.isFinite(freedom)) return incompleteGamma(0.5, (t * t) / 2).above / 2;
  return betaBelow(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2;
}

/** The t with P(T < t) = probability, by halving; for probabilities of 0.5 to 0.9999. */
export function studentQuantile(probability: number, freedom: number): number {
  let [low, high] = [0, 1];
  while (studentAbove(high, freedom) > 1 - probability) high *= 2;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (studentAbove(middle, freedom) > 1 - probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const precision = 1e-15;
const stepsMax = 10_000;
const tiny = 1e-300;

/** ln Γ(x) for x > 0: Lanczos 1964 with g = 7 and nine terms. */
function logGamma(x: number): number {
  const terms = [
    0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
    12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const base = x - 1 + 7.5;
  const sum = terms.reduce((total, term, i) => total + (i === 0 ? term : term / (x - 1 + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}

/** The incomplete gamma functions P(a, x) and Q(a, x), by a series or a continued fraction: Numerical Recipes, third edition, 6.2. */
function incompleteGamma(a: number, x: number): { readonly below: number; readonly above: number } {
  if (x <= 0) return { below: 0, above: 1 };
  const front = Math.exp(-x + a * Math.log(x) - logGamma(a));
  if (x < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let n = 1; n < stepsMax && term > sum * precision; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return { below: sum * front, above: 1 - sum * front };
  }
  const above = front * continuedFraction({ a: (i) => -i * (i - a), b: (i) => x + 2 * i + 1 - a });
  return { below: 1 - above, above };
}

/** The incomplete beta function I_x(a, b): Numerical Recipes, third edition, 6.4. */
function betaBelow(a: number, b: number, x: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaBelow(b, a, 1 - x);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x));
  const numerator = (i: number) => {
    const m = Math.floor(i / 2);
    if (i % 2 === 0) return (m * (b - m) * x) / ((a + i - 1) * (a + i));
    return (-(a + m) * (a + b + m) * x) / ((a + i - 1) * (a + i));
  };
  return (front / a) * continuedFraction({ a: numerator, b: () => 1 });
}

type Fraction = { readonly a: (i: number) => number; readonly b: (i: number) => number };

/** 1 / (b₀ + a₁ / (b₁ + a₂ / (b₂ + …))), by the method of Lentz. */
function continuedFraction({ a, b }: Fraction): number {
  let c = 1 / tiny;
  let d = 1 / b(0);
  let value = d;
  for (let i = 1; i < stepsMax; i++) {
    d = 1 / notZero(b(i) + a(i) * d);
    c = notZero(b(i) + a(i) / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < precision) break;
  }
  return value;
}

const notZero = (x: number) => (Math.abs(x) < tiny ? tiny : x);
