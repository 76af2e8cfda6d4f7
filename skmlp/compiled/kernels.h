/* The passes over rows and parameters, for one type of real numbers.

   passes.c includes this file for float and for double. It defines REAL and BITS, the unsigned
   integer of its size; NAME(x), the name of x for this type; SQRT and ERFC of the C library; and what the
   series below need.

   Conditions are written such that NaN stays NaN: (z < 0 ? 0 : z). */

/* exp(x) = two_k * (1 + p), from x = k ln 2 + r with |r| <= ln(2) / 2 and p = exp(r) - 1.
   Cody and Waite, "Software manual for the elementary functions", 1980. Adding EXP_SHIFT rounds to
   the integer k, which then stands in the last bits. */
static inline REAL NAME(exp_parts)(REAL x, REAL *two_k)
{
    x = x < EXP_LOW ? EXP_LOW : x;
    x = x > EXP_HIGH ? EXP_HIGH : x;
    union { REAL real; BITS bits; } u = {x * (REAL)1.4426950408889634 + EXP_SHIFT};
    REAL k = u.real - EXP_SHIFT;
    REAL r = (x - k * LN2_HIGH) - k * LN2_LOW;
    u.bits = (u.bits + EXPONENT_BIAS) << MANTISSA_BITS;
    *two_k = u.real;
    return EXPM1_SERIES(r);
}

static inline REAL NAME(exp)(REAL x)
{
    REAL two_k, p = NAME(exp_parts)(x, &two_k);
    return two_k * p + two_k;
}

static inline REAL NAME(expm1)(REAL x)
{
    REAL two_k, p = NAME(exp_parts)(x, &two_k);
    return two_k * p + (two_k - 1);
}

static inline REAL NAME(tanh)(REAL x)
{
    REAL t = NAME(expm1)(2 * x);
    return t / (t + 2);
}

static inline REAL NAME(logistic)(REAL x) { return 1 / (1 + NAME(exp)(-x)); }

/* log(1 + exp(x)) = max(x, 0) + log(1 + e) with e = exp(-|x|), and log(1 + e) = 2 artanh(s) with
   s = e / (2 + e) <= 1/3, whose series is short. */
static inline REAL NAME(softplus)(REAL x)
{
    REAL e = NAME(exp)(x < 0 ? x : -x), s = e / (2 + e), series = 0;
    UNROLL for (int n = ARTANH_TERMS - 1; n >= 0; n--)
        series = series * (s * s) + (REAL)1 / (2 * n + 1);
    return (x < 0 ? 0 : x) + 2 * s * series;
}

/* tanh(log(1 + e)) is ((1 + e)^2 - 1) / ((1 + e)^2 + 1). */
static inline REAL NAME(tanh_softplus)(REAL x)
{
    REAL e = NAME(exp)(x > 20 ? 20 : x), t = e * (e + 2);
    return t / (t + 2);
}

static inline REAL NAME(silu_slope)(REAL x, REAL h)
{
    REAL s = NAME(logistic)(x);
    return s + h * (1 - s);
}

static inline REAL NAME(mish_slope)(REAL x)
{
    REAL t = NAME(tanh_softplus)(x);
    return t + x * NAME(logistic)(x) * (1 - t * t);
}

/* The probability that a standard normal number is less than x, and its density. */
static inline REAL NAME(normal)(REAL x) { return (REAL)0.5 * ERFC(-x * (REAL)0.7071067811865476); }
static inline REAL NAME(density)(REAL x) { return (REAL)0.3989422804014327 * NAME(exp)(-x * x / 2); }

/* Z += b, H = sigma(Z). */
VERSIONS static void NAME(activate)(int activation, REAL *Z, const REAL *b, REAL *H,
                                    Py_ssize_t n_rows, Py_ssize_t width)
{
    Py_ssize_t most = rows_at_once(width);
    for (Py_ssize_t start = 0; start < n_rows; start += most) {
        Py_ssize_t rows = n_rows - start < most ? n_rows - start : most, n = rows * width;
        for (Py_ssize_t i = 0; i < n; i += width)
            SIMD for (Py_ssize_t j = 0; j < width; j++)
                Z[i + j] += b[j];
        switch (activation) {
#define CASE(ACTIVATION, SIGMA, SLOPE) \
        case ACTIVATION##_: \
            SIMD for (Py_ssize_t i = 0; i < n; i++) { \
                const REAL z = Z[i]; \
                H[i] = SIGMA; \
            } \
            break;
        ACTIVATIONS(CASE)
#undef CASE
        }
        Z += n, H += n;
    }
}

/* dH becomes dZ = dH * sigma'(Z), and db its column sums. */
VERSIONS static void NAME(chain)(int activation, REAL *dH, const REAL *Z, const REAL *H, REAL *db,
                                 Py_ssize_t n_rows, Py_ssize_t width)
{
    Py_ssize_t most = rows_at_once(width);
    memset(db, 0, width * sizeof(REAL));
    for (Py_ssize_t start = 0; start < n_rows; start += most) {
        Py_ssize_t rows = n_rows - start < most ? n_rows - start : most, n = rows * width;
        switch (activation) {
#define CASE(ACTIVATION, SIGMA, SLOPE) \
        case ACTIVATION##_: \
            SIMD for (Py_ssize_t i = 0; i < n; i++) { \
                const REAL z = Z[i], h = H[i]; \
                (void)z, (void)h; \
                dH[i] *= SLOPE; \
            } \
            break;
        ACTIVATIONS(CASE)
#undef CASE
        }
        Py_ssize_t i = 0;
        for (; i + 4 * width <= n; i += 4 * width) { /* four rows at a time, as sums wait for each other */
            const REAL *d = dH + i;
            SIMD for (Py_ssize_t j = 0; j < width; j++)
                db[j] += (d[j] + d[width + j]) + (d[2 * width + j] + d[3 * width + j]);
        }
        for (; i < n; i += width)
            SIMD for (Py_ssize_t j = 0; j < width; j++)
                db[j] += dH[i + j];
        dH += n, Z += n, H += n;
    }
}

/* Turn the logits of at most TILE rows of classes k and weights w into their gradient; return the
   loss. The columns of O are `column` entries apart. */
static inline double NAME(softmax_rows)(REAL *O, Py_ssize_t column, const Py_ssize_t *k,
                                        const double *w, double smoothing,
                                        Py_ssize_t n, Py_ssize_t n_classes)
{
    REAL top[TILE], factor[TILE], shared[TILE];
    double sum_exp[TILE], sum[TILE], loss = 0, product = 1;
    for (Py_ssize_t i = 0; i < n; i++)
        top[i] = O[i], sum_exp[i] = sum[i] = 0;
    for (Py_ssize_t c = 1; c < n_classes; c++)
        SIMD for (Py_ssize_t i = 0; i < n; i++) {
            REAL o = O[i + c * column];
            top[i] = top[i] > o ? top[i] : o;
        }
    for (Py_ssize_t i = 0; i < n; i++)
        loss -= w[i] * (1 - smoothing) * (O[i + k[i] * column] - top[i]);
    for (Py_ssize_t c = 0; c < n_classes; c++)
        SIMD for (Py_ssize_t i = 0; i < n; i++) {
            REAL o = O[i + c * column] - top[i], e = NAME(exp)(o);
            O[i + c * column] = e;
            sum_exp[i] += e;
            sum[i] += o;
        }
    for (Py_ssize_t i = 0; i < n; i++) { /* one logarithm for several rows of the same weight */
        product *= sum_exp[i];
        if (i + 1 == n || w[i + 1] != w[i] || !(product < 1e100)) {
            loss += w[i] * log(product);
            product = 1;
        }
        if (smoothing > 0)
            loss -= w[i] * smoothing * sum[i] / n_classes;
    }
    SIMD for (Py_ssize_t i = 0; i < n; i++) {
        factor[i] = (REAL)(w[i] / sum_exp[i]);
        shared[i] = (REAL)(w[i] * smoothing / n_classes);
    }
    for (Py_ssize_t c = 0; c < n_classes; c++)
        SIMD for (Py_ssize_t i = 0; i < n; i++)
            O[i + c * column] = O[i + c * column] * factor[i] - shared[i];
    for (Py_ssize_t i = 0; i < n; i++)
        O[i + k[i] * column] -= (REAL)(w[i] * (1 - smoothing));
    return loss;
}

/* The same for one unit of two classes, whose z stands for the logits (-z/2, z/2). */
static inline double NAME(softmax_of_one_unit)(REAL *z, const Py_ssize_t *k, const double *w,
                                               double smoothing, Py_ssize_t n)
{
    REAL O[2 * TILE];
    SIMD for (Py_ssize_t i = 0; i < n; i++)
        O[i] = -z[i] / 2, O[TILE + i] = z[i] / 2;
    double loss = NAME(softmax_rows)(O, TILE, k, w, smoothing, n, 2);
    SIMD for (Py_ssize_t i = 0; i < n; i++)
        z[i] = (O[TILE + i] - O[i]) / 2;
    return loss;
}

/* Z + b becomes the gradient at Z, and db its column sums; return the loss. */
VERSIONS static double NAME(output_loss)(REAL *Z, const REAL *b, Py_ssize_t n_classes,
                                         const int64_t *y, const double *weight, double scale,
                                         double smoothing, REAL *db,
                                         Py_ssize_t n_rows, Py_ssize_t width)
{
    double loss = 0, w[TILE];
    Py_ssize_t k[TILE];
    memset(db, 0, width * sizeof(REAL));
    for (Py_ssize_t start = 0; start < n_rows; start += TILE, Z += TILE) {
        Py_ssize_t n = n_rows - start < TILE ? n_rows - start : TILE;
        for (Py_ssize_t i = 0; i < n; i++) {
            w[i] = weight ? weight[start + i] * scale : scale;
            k[i] = (Py_ssize_t)y[start + i];
            if (k[i] < 0 || k[i] >= n_classes) /* another thread has changed y meanwhile */
                return NAN;
        }
        for (Py_ssize_t c = 0; c < width; c++)
            SIMD for (Py_ssize_t i = 0; i < n; i++)
                Z[i + c * n_rows] += b[c];
        loss += width < n_classes ? NAME(softmax_of_one_unit)(Z, k, w, smoothing, n)
                                  : NAME(softmax_rows)(Z, n_rows, k, w, smoothing, n, n_classes);
        for (Py_ssize_t c = 0; c < width; c++) {
            REAL sum = 0;
            SIMD_SUM(sum) for (Py_ssize_t i = 0; i < n; i++)
                sum += Z[i + c * n_rows];
            db[c] += sum;
        }
    }
    return loss;
}

/* Write what n units are multiplied by, from the counters of their words: 0 with a probability of
   threshold / 2^16, else kept. */
static inline void NAME(draw_units)(Words *u, uint16_t threshold, REAL kept,
                                    REAL *mask, Py_ssize_t n)
{
    const Py_ssize_t n_words = words_for(n);
    SIMD for (Py_ssize_t i = 0; i < n_words; i++)
        u->words[i] = mix(u->words[i]);
    SIMD for (Py_ssize_t i = 0; i < n; i++)
        mask[i] = u->bits[LANE(i)] >= threshold ? kept : 0;
}

VERSIONS static void NAME(draw_mask)(uint64_t key, const int64_t *places, uint16_t threshold,
                                     double scale, REAL *mask, Py_ssize_t n_rows, Py_ssize_t width)
{
    const Py_ssize_t n_words = words_for(width);
    Words u;
    if (width == LANES) { /* rows of a word, as of sparse entries, are one long vector */
        for (Py_ssize_t start = 0; start < n_rows; start += TILE, mask += TILE * LANES) {
            Py_ssize_t n = n_rows - start < TILE ? n_rows - start : TILE;
            SIMD for (Py_ssize_t i = 0; i < n; i++)
                u.words[i] = key + (uint64_t)places[start + i] * GOLDEN_GAMMA;
            NAME(draw_units)(&u, threshold, (REAL)scale, mask, n * LANES);
        }
        return;
    }
    for (Py_ssize_t i = 0; i < n_rows; i++, mask += width) {
        uint64_t first = key + (uint64_t)places[i] * (uint64_t)n_words * GOLDEN_GAMMA;
        for (Py_ssize_t start = 0; start < n_words; start += TILE) {
            Py_ssize_t n = n_words - start < TILE ? n_words - start : TILE;
            SIMD for (Py_ssize_t j = 0; j < n; j++)
                u.words[j] = first + (uint64_t)(start + j) * GOLDEN_GAMMA;
            Py_ssize_t left = width - start * LANES, units = left < n * LANES ? left : n * LANES;
            NAME(draw_units)(&u, threshold, (REAL)scale, mask + start * LANES, units);
        }
    }
}

/* The node below a position, 0 to m - 1, and how far the position is from it, 0 to 1, or NaN. */
static inline Py_ssize_t NAME(node_below)(REAL position, int64_t m, REAL *t)
{
    Py_ssize_t k = position >= m ? m - 1 : position > 0 ? (Py_ssize_t)position : 0;
    *t = position - k;
    *t = *t < 0 ? 0 : *t > 1 ? 1 : *t;
    return k;
}

/* out += Z W for the piecewise linear columns Z of numbers at some positions: a linear interpolation
   between nodes. G is memory for the nodes of a number, one more than it has columns. */
VERSIONS static void NAME(interpolate)(const REAL *values, Py_ssize_t n_values, const int64_t *n_columns,
                                       Py_ssize_t n_numbers, const REAL *low, const REAL *rise,
                                       const REAL *W, REAL *out, REAL *G, Py_ssize_t n_rows,
                                       Py_ssize_t width)
{
    for (Py_ssize_t number = 0; number < n_numbers; number++) {
        Py_ssize_t m = n_columns[number];
        memset(G, 0, width * sizeof(REAL));
        for (Py_ssize_t k = 0; k < m; k++)
            SIMD for (Py_ssize_t j = 0; j < width; j++)
                G[j] += low[k] * W[k * width + j];
        for (Py_ssize_t k = 0; k < m * width; k += width)
            SIMD for (Py_ssize_t j = 0; j < width; j++)
                G[k + width + j] = G[k + j] + rise[k / width] * W[k + j];
        const REAL *position = values + n_values - n_numbers + number;
        for (Py_ssize_t i = 0; i < n_rows; i++, position += n_values) {
            REAL t;
            const REAL *lower = G + NAME(node_below)(*position, m, &t) * width, *upper = lower + width;
            REAL *o = out + i * width;
            SIMD for (Py_ssize_t j = 0; j < width; j++)
                o[j] += lower[j] + t * (upper[j] - lower[j]);
        }
        low += m, rise += m, W += m * width;
    }
}

/* dW = Z^T dZ, from the gradients G of the nodes. */
VERSIONS static void NAME(interpolate_back)(const REAL *values, Py_ssize_t n_values,
                                            const int64_t *n_columns, Py_ssize_t n_numbers,
                                            const REAL *low, const REAL *rise, const REAL *dZ, REAL *dW,
                                            REAL *G, Py_ssize_t n_rows, Py_ssize_t width)
{
    for (Py_ssize_t number = 0; number < n_numbers; number++) {
        Py_ssize_t m = n_columns[number];
        memset(G, 0, (m + 1) * width * sizeof(REAL));
        const REAL *position = values + n_values - n_numbers + number;
        for (Py_ssize_t i = 0; i < n_rows; i++, position += n_values) {
            REAL t, *lower = G + NAME(node_below)(*position, m, &t) * width, *upper = lower + width;
            const REAL *d = dZ + i * width;
            SIMD for (Py_ssize_t j = 0; j < width; j++) {
                lower[j] += d[j] - t * d[j];
                upper[j] += t * d[j];
            }
        }
        for (Py_ssize_t k = m * width; k > 0; k -= width) /* sums over the nodes from each on */
            SIMD for (Py_ssize_t j = 0; j < width; j++)
                G[k - width + j] += G[k + j];
        for (Py_ssize_t k = 0; k < m; k++)
            SIMD for (Py_ssize_t j = 0; j < width; j++)
                dW[k * width + j] = low[k] * G[j] + rise[k] * G[(k + 1) * width + j];
        low += m, rise += m, dW += m * width;
    }
}

/* A pass of a solver over the entries t of a[0], the parameters, and gi of a[1], the gradient; M and
   V are what the solver keeps, k its constants. The gradient of the penalty is added, t shrinks,
   and the body makes a step of it. Returns the sum of squares of t. */
#define SOLVER(SOLVER_NAME, ...) \
    VERSIONS static double NAME(SOLVER_NAME)(REAL **a, Py_ssize_t n, REAL l2, REAL shrinkage, \
                                             const REAL *k) \
    { \
        REAL *theta = a[0], *g = a[1], *M = a[2], *V = a[3]; \
        double squares = 0; \
        (void)V; \
        for (Py_ssize_t start = 0; start < n; start += CHUNK) { /* long sums are taken in double */ \
            Py_ssize_t stop = n - start < CHUNK ? n : start + CHUNK; \
            REAL some = 0; \
            SIMD_SUM(some) for (Py_ssize_t i = start; i < stop; i++) { \
                REAL t = theta[i], gi = g[i] + l2 * t; \
                some += t * t; \
                t *= shrinkage; \
                __VA_ARGS__ \
                theta[i] = t; \
            } \
            squares += some; \
        } \
        return squares; \
    }

SOLVER(sgd, /* momentum, rate, whether to look ahead */
    REAL step = gi * k[1];
    M[i] = M[i] * k[0] - step;
    t = k[2] != 0 ? t - step + M[i] * k[0] : t + M[i];
)

SOLVER(adam, /* beta_1, beta_2, epsilon, rate */
    M[i] = M[i] * k[0] + gi;
    V[i] = V[i] * k[1] + gi * gi;
    t -= M[i] / (SQRT(V[i]) + k[2]) * k[3];
)

SOLVER(nadam, /* beta_1, beta_2, epsilon, rate, share of this gradient, share of the next mean */
    M[i] = M[i] * k[0] + gi;
    V[i] = V[i] * k[1] + gi * gi;
    t -= (gi * k[4] + M[i] * k[5]) / (SQRT(V[i]) + k[2]) * k[3];
)

SOLVER(rmsprop, /* beta_2, epsilon, rate, share of this gradient */
    M[i] = M[i] * k[0] + k[3] * gi * gi;
    t -= gi / (SQRT(M[i]) + k[1]) * k[2];
)

#undef SOLVER
