/* The passes of a training step: see __init__.py. The functions of Python at the end
   refuse what the kernels of kernels.h must not be given. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Kernels in several versions, of which the processor's best is taken as the module is loaded. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && __GNUC__ >= 12 && !defined(ONE_VERSION)
#define VERSIONS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VERSIONS
#endif

#ifdef _MSC_VER /* whose omp simd changes the order of operations, as if by /fp:fast */
#define SIMD __pragma(loop(ivdep))
#define UNROLL
#define SIMD_SUM(s)
#else
#define PRAGMA(TEXT) _Pragma(#TEXT)
#define SIMD PRAGMA(omp simd)
#define UNROLL PRAGMA(GCC unroll 32)
#define SIMD_SUM(s) PRAGMA(omp simd reduction(+:s))
#endif

enum { TILE = 256, CHUNK = 4096 };

/* Rows that go through a pass together: as one long vector, since a row need not fill the
   processor's vectors. */
static inline Py_ssize_t rows_at_once(Py_ssize_t width) { return width < CHUNK ? CHUNK / width : 1; }

/* Four units share a word of SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number
   generators", OOPSLA 2014. The first of them has its lowest bits. */
enum { LANES = 4 };
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LANE(j) ((j) ^ (LANES - 1))
#else
#define LANE(j) (j)
#endif
#define GOLDEN_GAMMA UINT64_C(0x9E3779B97F4A7C15)

typedef union {
    uint64_t words[TILE];
    uint16_t bits[TILE * LANES];
} Words;

static inline Py_ssize_t words_for(Py_ssize_t width) { return (width - 1) / LANES + 1; }

static inline uint64_t mix(uint64_t word)
{
    word = (word ^ (word >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94D049BB133111EB);
    return word ^ (word >> 31);
}

/* Name, sigma(z), and sigma'(z) where h = sigma(z). */
#define ACTIVATIONS(A) \
    A(identity, z, 1) \
    A(logistic, NAME(logistic)(z), (h * (1 - h))) \
    A(sigmoid, NAME(logistic)(z), (h * (1 - h))) \
    A(tanh, NAME(tanh)(z), (1 - h * h)) \
    A(relu, z < 0 ? 0 : z, (h > 0)) \
    A(leaky_relu, z < 0 ? z * (REAL)0.01 : z, (z > 0 ? 1 : (REAL)0.01)) \
    A(elu, z > 0 ? z : NAME(expm1)(z), (h > 0 ? 1 : h + 1)) \
    A(selu, SELU_SCALE * (z > 0 ? z : SELU_ALPHA * NAME(expm1)(z)), \
      (z > 0 ? SELU_SCALE : h + SELU_SCALE * SELU_ALPHA)) \
    A(gelu, z * NAME(normal)(z), ((z != 0 ? h / z : (REAL)0.5) + z * NAME(density)(z))) \
    A(silu, z * NAME(logistic)(z), NAME(silu_slope)(z, h)) \
    A(softplus, z > 20 ? z : NAME(softplus)(z), (z > 20 ? 1 : NAME(logistic)(z))) \
    A(mish, z * NAME(tanh_softplus)(z), NAME(mish_slope)(z))
#define SELU_SCALE (REAL)1.0507009873554805
#define SELU_ALPHA (REAL)1.6732632423543772

#define NUMBER(ACTIVATION, SIGMA, SLOPE) ACTIVATION##_,
enum { ACTIVATIONS(NUMBER) };
#define NAME_OF(ACTIVATION, SIGMA, SLOPE) #ACTIVATION,
static const char *const activation_names[] = {ACTIVATIONS(NAME_OF) NULL};

#define REAL float
#define BITS uint32_t
#define NAME(x) float_##x
#define SQRT sqrtf
#define ERFC erfcf
#define MANTISSA_BITS 23
#define EXPONENT_BIAS 127
#define EXP_SHIFT 12582912.0f
#define EXP_LOW -87.0f
#define EXP_HIGH 88.0f
#define LN2_HIGH 0.693359375f
#define LN2_LOW -2.12194440e-4f
/* Coefficients of expf in the Cephes library (Moshier, 1989). */
#define EXPM1_SERIES(r) (r + r * r * (5.0000001201e-1f + r * (1.6666665459e-1f + r * ( \
    4.1665795894e-2f + r * (8.3334519073e-3f + r * (1.3981999507e-3f + r * 1.9875691500e-4f))))))
#define ARTANH_TERMS 8
#include "kernels.h"

#undef REAL
#undef BITS
#undef NAME
#undef SQRT
#undef ERFC
#undef MANTISSA_BITS
#undef EXPONENT_BIAS
#undef EXP_SHIFT
#undef EXP_LOW
#undef EXP_HIGH
#undef LN2_HIGH
#undef LN2_LOW
#undef EXPM1_SERIES
#undef ARTANH_TERMS

#define REAL double
#define BITS uint64_t
#define NAME(x) double_##x
#define SQRT sqrt
#define ERFC erfc
#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define EXP_SHIFT 6755399441055744.0
#define EXP_LOW -708.0
#define EXP_HIGH 709.0
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
/* Taylor's. */
#define EXPM1_SERIES(r) (r + r * r * (1 / 2. + r * (1 / 6. + r * (1 / 24. + r * (1 / 120. + r * ( \
    1 / 720. + r * (1 / 5040. + r * (1 / 40320. + r * (1 / 362880. + r * (1 / 3628800. + r * ( \
    1 / 39916800. + r * (1 / 479001600. + r / 6227020800.))))))))))))
#define ARTANH_TERMS 17
#include "kernels.h"

/* The arrays of a call, held until it is done. Those of real numbers have one type, 'f' or 'd'. */
enum { MOST_ARRAYS = 6 };
typedef struct {
    Py_buffer views[MOST_ARRAYS];
    int n;
    char real;
} Arrays;

static PyObject *release(Arrays *arrays, PyObject *result)
{
    for (int i = 0; i < arrays->n; i++)
        PyBuffer_Release(&arrays->views[i]);
    return result;
}

static int has_type(const Py_buffer *view, char type)
{
    if (view->format[0] == 0 || view->format[1] != 0 || (uintptr_t)view->buf % view->itemsize)
        return 0;
    if (type == 'q') /* C's integers of 64 bits have two names */
        return view->itemsize == 8 && strchr("lq", view->format[0]);
    return view->format[0] == type;
}

enum { READ = PyBUF_FORMAT | PyBUF_C_CONTIGUOUS, WRITE = READ | PyBUF_WRITABLE };

/* Hold an array: of the real type of the call ('r'), or of the type that a letter stands for in
   Python's struct module. It must be aligned and have entries. Gives NULL, with an error set, where
   it is refused. */
static Py_buffer *hold(Arrays *arrays, PyObject *object, const char *name, char type, int ndim, int flags)
{
    Py_buffer *view = &arrays->views[arrays->n];
    if (PyObject_GetBuffer(object, view, flags) < 0)
        return NULL;
    arrays->n++;
    if (type == 'r') {
        if (!arrays->real)
            arrays->real = has_type(view, 'd') ? 'd' : 'f';
        type = arrays->real;
    }
    if (!has_type(view, type)) {
        PyErr_Format(PyExc_TypeError, "%s must be aligned, of type '%c', got '%s'.", name, type, view->format);
        return NULL;
    }
    if (view->ndim != ndim || view->len == 0) {
        PyErr_Format(PyExc_ValueError, "%s must have %d dimensions, and entries.", name, ndim);
        return NULL;
    }
    return view;
}

static Py_buffer *hold_shaped(Arrays *arrays, PyObject *object, const char *name, char type, int flags,
                              int ndim, const Py_ssize_t *shape)
{
    Py_buffer *view = hold(arrays, object, name, type, ndim, flags);
    for (int i = 0; view && i < ndim; i++)
        if (view->shape[i] != shape[i]) {
            PyErr_Format(PyExc_ValueError, "%s has %zd entries along dimension %d, not %zd.", name, view->shape[i], i, shape[i]);
            return NULL;
        }
    return view;
}

static int has_arguments(Py_ssize_t n, Py_ssize_t needed)
{
    if (n != needed)
        PyErr_Format(PyExc_TypeError, "%zd arguments given, where %zd are needed.", n, needed);
    return n == needed;
}

enum { UNKNOWN = -1, REFUSED = -2 };
static int activation_named(PyObject *name)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(name, &length);
    for (int i = 0; text && activation_names[i]; i++)
        if (strcmp(text, activation_names[i]) == 0 && (size_t)length == strlen(text))
            return i;
    return text ? UNKNOWN : REFUSED;
}

/* Call the kernel of the arrays' type. */
#define CALL(kernel, ...) (arrays.real == 'd' ? double_##kernel(__VA_ARGS__) : float_##kernel(__VA_ARGS__))

/* Run a statement, and other threads meanwhile where it takes long enough for that to be worthwhile. */
enum { WORTHWHILE = 16384 };
#define LET_OTHERS_RUN(n_entries, statement) \
    do { \
        PyThreadState *state = (n_entries) >= WORTHWHILE ? PyEval_SaveThread() : NULL; \
        statement; \
        if (state) \
            PyEval_RestoreThread(state); \
    } while (0)

static PyObject *activate(PyObject *module, PyObject *const *arguments, Py_ssize_t n)
{
    Arrays arrays = {.n = 0};
    Py_buffer *Z, *b, *H;
    int activation;
    if (!has_arguments(n, 4) || (activation = activation_named(arguments[0])) == REFUSED)
        return NULL;
    if (activation == UNKNOWN)
        Py_RETURN_NOTIMPLEMENTED;
    if (!(Z = hold(&arrays, arguments[1], "Z", 'r', 2, WRITE))
        || !(b = hold_shaped(&arrays, arguments[2], "b", 'r', READ, 1, Z->shape + 1))
        || !(H = hold_shaped(&arrays, arguments[3], "H", 'r', WRITE, 2, Z->shape)))
        return release(&arrays, NULL);
    LET_OTHERS_RUN(Z->shape[0] * Z->shape[1],
        CALL(activate, activation, Z->buf, b->buf, H->buf, Z->shape[0], Z->shape[1]));
    Py_INCREF(arguments[3]);
    return release(&arrays, arguments[3]);
}

static PyObject *chain(PyObject *module, PyObject *const *arguments, Py_ssize_t n)
{
    Arrays arrays = {.n = 0};
    Py_buffer *dH, *Z, *H, *db;
    int activation;
    if (!has_arguments(n, 5) || (activation = activation_named(arguments[0])) == REFUSED)
        return NULL;
    if (activation == UNKNOWN)
        Py_RETURN_NOTIMPLEMENTED;
    if (!(dH = hold(&arrays, arguments[1], "dH", 'r', 2, WRITE))
        || !(Z = hold_shaped(&arrays, arguments[2], "Z", 'r', READ, 2, dH->shape))
        || !(H = hold_shaped(&arrays, arguments[3], "H", 'r', READ, 2, dH->shape))
        || !(db = hold_shaped(&arrays, arguments[4], "db", 'r', WRITE, 1, dH->shape + 1)))
        return release(&arrays, NULL);
    LET_OTHERS_RUN(dH->shape[0] * dH->shape[1],
        CALL(chain, activation, dH->buf, Z->buf, H->buf, db->buf, dH->shape[0], dH->shape[1]));
    Py_INCREF(arguments[1]);
    return release(&arrays, arguments[1]);
}

/* Read numbers, before arrays are looked at: this may run code of Python's. */
static int read_numbers(PyObject *const *objects, Py_ssize_t n, double *numbers)
{
    for (Py_ssize_t i = 0; i < n; i++)
        if ((numbers[i] = PyFloat_AsDouble(objects[i])) == -1 && PyErr_Occurred())
            return 0;
    return 1;
}

static int are_classes(const Py_buffer *y, Py_ssize_t n_classes)
{
    const int64_t *classes = y->buf;
    for (Py_ssize_t i = 0; i < y->shape[0]; i++)
        if (classes[i] < 0 || classes[i] >= n_classes) {
            PyErr_Format(PyExc_IndexError, "y has class %lld, of %zd.", (long long)classes[i], n_classes);
            return 0;
        }
    return 1;
}

static PyObject *output_loss(PyObject *module, PyObject *const *arguments, Py_ssize_t n)
{
    Arrays arrays = {.n = 0};
    Py_buffer *Z, *b, *y, *w = NULL, *db;
    double numbers[2], loss; /* scale, smoothing */
    if (!has_arguments(n, 8) || !read_numbers(arguments + 5, 2, numbers))
        return NULL;
    Py_ssize_t n_classes = PyNumber_AsSsize_t(arguments[2], PyExc_OverflowError);
    if (n_classes == -1 && PyErr_Occurred())
        return NULL;
    if (!(Z = hold(&arrays, arguments[0], "Z", 'r', 2, PyBUF_FORMAT | PyBUF_F_CONTIGUOUS | PyBUF_WRITABLE))
        || !(b = hold_shaped(&arrays, arguments[1], "b", 'r', READ, 1, Z->shape + 1))
        || !(y = hold_shaped(&arrays, arguments[3], "y", 'q', READ, 1, Z->shape))
        || !are_classes(y, n_classes)
        || (arguments[4] != Py_None
            && !(w = hold_shaped(&arrays, arguments[4], "weight", 'd', READ, 1, Z->shape)))
        || !(db = hold_shaped(&arrays, arguments[7], "db", 'r', WRITE, 1, Z->shape + 1)))
        return release(&arrays, NULL);
    Py_ssize_t n_rows = Z->shape[0], width = Z->shape[1];
    if (n_classes != width && !(n_classes == 2 && width == 1)) {
        PyErr_Format(PyExc_ValueError, "Z has %zd columns, which do not fit %zd classes.", width, n_classes);
        return release(&arrays, NULL);
    }
    LET_OTHERS_RUN(n_rows * width,
        loss = CALL(output_loss, Z->buf, b->buf, n_classes, y->buf, w ? w->buf : NULL,
                    numbers[0], numbers[1], db->buf, n_rows, width));
    return release(&arrays, Py_BuildValue("dO", loss, arguments[0]));
}

static PyObject *draw_mask(PyObject *module, PyObject *const *arguments, Py_ssize_t n)
{
    Arrays arrays = {.n = 0};
    Py_buffer *places, *mask;
    double numbers[2]; /* threshold, scale */
    if (!has_arguments(n, 5) || !read_numbers(arguments + 2, 2, numbers))
        return NULL;
    uint64_t key = PyLong_AsUnsignedLongLong(arguments[0]);
    if (key == UINT64_MAX && PyErr_Occurred())
        return NULL;
    if (!(numbers[0] >= 0 && numbers[0] <= UINT16_MAX)) {
        PyErr_SetString(PyExc_ValueError, "threshold must be in [0, 2^16).");
        return NULL;
    }
    if (!(mask = hold(&arrays, arguments[4], "mask", 'r', 2, WRITE))
        || !(places = hold_shaped(&arrays, arguments[1], "places", 'q', READ, 1, mask->shape)))
        return release(&arrays, NULL);
    LET_OTHERS_RUN(mask->shape[0] * mask->shape[1],
        CALL(draw_mask, key, places->buf, (uint16_t)numbers[0], numbers[1],
             mask->buf, mask->shape[0], mask->shape[1]));
    Py_INCREF(arguments[4]);
    return release(&arrays, arguments[4]);
}

/* Whether parts are at least 1, and add up to a whole. */
static int are_parts(const int64_t *parts, Py_ssize_t n, Py_ssize_t whole)
{
    for (Py_ssize_t i = 0; i < n; whole -= parts[i++])
        if (parts[i] < 1 || parts[i] > whole)
            return 0;
    return whole == 0;
}

/* interpolate and interpolate_back: the former is given weights, and its result has the rows; the
   latter the other way round. */
static PyObject *run_interpolation(PyObject *const *arguments, Py_ssize_t n, int back)
{
    Arrays arrays = {.n = 0};
    Py_buffer *values, *n_columns, *low, *rise, *given, *result;
    if (!has_arguments(n, 6))
        return NULL;
    if (!(values = hold(&arrays, arguments[0], "values", 'r', 2, READ))
        || !(n_columns = hold(&arrays, arguments[1], "n_columns", 'q', 1, READ))
        || !(low = hold(&arrays, arguments[2], "low", 'r', 1, READ))
        || !(rise = hold_shaped(&arrays, arguments[3], "rise", 'r', READ, 1, low->shape))
        || !(given = hold(&arrays, arguments[4], back ? "dZ" : "W", 'r', 2, READ))
        || !(result = hold(&arrays, arguments[5], back ? "dW" : "out", 'r', 2, WRITE)))
        return release(&arrays, NULL);
    Py_buffer *rows = back ? given : result, *weights = back ? result : given;
    Py_ssize_t n_numbers = n_columns->shape[0], n_rows = values->shape[0], width = rows->shape[1];
    if (low->shape[0] != weights->shape[0] || n_numbers > values->shape[1]
        || n_rows != rows->shape[0] || width != weights->shape[1]) {
        PyErr_SetString(PyExc_ValueError, "The arrays do not fit each other.");
        return release(&arrays, NULL);
    }
    void *G = PyMem_Malloc((low->shape[0] + 1) * width * rows->itemsize);
    int64_t *m = PyMem_Malloc(n_columns->len); /* a copy, which nobody else can change */
    if (!G || !m)
        PyErr_NoMemory();
    else if (!are_parts(memcpy(m, n_columns->buf, n_columns->len), n_numbers, low->shape[0]))
        PyErr_SetString(PyExc_ValueError, "n_columns must be at least 1 and add up to the length of low.");
    else
        LET_OTHERS_RUN(n_rows * n_numbers * width,
            if (back)
                CALL(interpolate_back, values->buf, values->shape[1], m, n_numbers, low->buf, rise->buf,
                     given->buf, result->buf, G, n_rows, width);
            else
                CALL(interpolate, values->buf, values->shape[1], m, n_numbers, low->buf, rise->buf,
                     given->buf, result->buf, G, n_rows, width));
    PyMem_Free(G);
    PyMem_Free(m);
    return release(&arrays, PyErr_Occurred() ? NULL : Py_NewRef(arguments[5]));
}

static PyObject *interpolate(PyObject *module, PyObject *const *arguments, Py_ssize_t n)
{
    return run_interpolation(arguments, n, 0);
}

static PyObject *interpolate_back(PyObject *module, PyObject *const *arguments, Py_ssize_t n)
{
    return run_interpolation(arguments, n, 1);
}

/* A pass of a solver: arguments are the parameters, the gradient, the vectors that the solver keeps, how
   many of the parameters are weights, l2, shrinkage, and the solver's constants. The first two hold
   for the weights alone. Gives the penalty. */
enum { MOST_CONSTANTS = 6 };
typedef double FloatSolver(float **, Py_ssize_t, float, float, const float *);
typedef double DoubleSolver(double **, Py_ssize_t, double, double, const double *);

#define RUN_SOLVER(REAL, solver) \
    do { \
        REAL *weights[MOST_ARRAYS] = {NULL}, *biases[MOST_ARRAYS] = {NULL}, k[MOST_CONSTANTS]; \
        for (int i = 0; i < n_arrays; i++) \
            weights[i] = arrays.views[i].buf, biases[i] = weights[i] + n_weights; \
        for (int i = 0; i < n_constants; i++) \
            k[i] = (REAL)numbers[2 + i]; \
        squares = solver(weights, n_weights, (REAL)numbers[0], (REAL)numbers[1], k); \
        solver(biases, n_entries - n_weights, 0, 1, k); \
    } while (0)

static PyObject *run_solver(PyObject *const *arguments, Py_ssize_t n, int n_arrays, int n_constants,
                            FloatSolver *float_solver, DoubleSolver *double_solver)
{
    static const char *const names[MOST_ARRAYS] = {"parameters", "gradient", "M", "V"};
    Arrays arrays = {.n = 0};
    double numbers[2 + MOST_CONSTANTS], squares; /* l2, shrinkage, constants */
    if (!has_arguments(n, n_arrays + 3 + n_constants)
        || !read_numbers(arguments + n_arrays + 1, 2 + n_constants, numbers))
        return NULL;
    Py_ssize_t n_weights = PyNumber_AsSsize_t(arguments[n_arrays], PyExc_OverflowError);
    if (n_weights == -1 && PyErr_Occurred())
        return NULL;
    for (int i = 0; i < n_arrays; i++) {
        Py_buffer *view = i == 0 ? hold(&arrays, arguments[i], names[i], 'r', 1, WRITE)
            : hold_shaped(&arrays, arguments[i], names[i], 'r', WRITE, 1, arrays.views[0].shape);
        if (!view)
            return release(&arrays, NULL);
    }
    Py_ssize_t n_entries = arrays.views[0].shape[0];
    if (n_weights < 0 || n_weights > n_entries) {
        PyErr_Format(PyExc_ValueError, "n_weights is %zd, of %zd parameters.", n_weights, n_entries);
        return release(&arrays, NULL);
    }
    LET_OTHERS_RUN(n_entries,
        if (arrays.real == 'd') RUN_SOLVER(double, double_solver); else RUN_SOLVER(float, float_solver));
    return release(&arrays, PyFloat_FromDouble(numbers[0] == 0 ? 0 : numbers[0] / 2 * squares));
}

#define SOLVER_OF_PYTHON(solver, n_arrays, n_constants) \
    static PyObject *solver(PyObject *module, PyObject *const *arguments, Py_ssize_t n) \
    { \
        return run_solver(arguments, n, n_arrays, n_constants, float_##solver, double_##solver); \
    }
SOLVER_OF_PYTHON(sgd, 3, 3)
SOLVER_OF_PYTHON(adam, 4, 4)
SOLVER_OF_PYTHON(nadam, 4, 6)
SOLVER_OF_PYTHON(rmsprop, 3, 4)

#define METHOD(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}
static PyMethodDef methods[] = {
    METHOD(activate), METHOD(chain), METHOD(output_loss), METHOD(draw_mask),
    METHOD(interpolate), METHOD(interpolate_back),
    METHOD(sgd), METHOD(adam), METHOD(nadam), METHOD(rmsprop), {NULL},
};

/* There is no state beside the arrays of a call, which are its caller's. */
static PyModuleDef_Slot slots[] = {
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "passes", NULL, 0, methods, slots};
PyMODINIT_FUNC PyInit_passes(void) { return PyModuleDef_Init(&definition); }
