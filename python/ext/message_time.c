/* SPDX-License-Identifier: Apache-2.0 */
/* The time of a message: seconds and nanoseconds as they are stored, the two in one number, and a
 * datetime. */
#include "message.h"

enum { NSEC_PER_SEC = 1000000000, NSEC_PER_USEC = 1000, SEC_PER_DAY = 86400 };

static nmpy_message *
of(PyObject *self)
{
    return (nmpy_message *)self;
}

static void
set_both(PyObject *self, int64_t sec, uint32_t nsec)
{
    of(self)->is_time_default = false;
    of(self)->time_sec = sec;
    of(self)->time_nsec = nsec;
}

/* An int that the seconds of a message can hold. @return 0, or -1 with an exception set. */
static int
parse_sec(PyObject *value, const char *name, int64_t *out)
{
    if (!PyIndex_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s takes an int, not %.100s", name, Py_TYPE(value)->tp_name);
        return -1;
    }
    PyObject *number = PyNumber_Index(value);
    if (number == NULL) {
        return -1;
    }
    int overflow = 0;
    long long sec = PyLong_AsLongLongAndOverflow(number, &overflow);
    Py_DECREF(number);
    if (overflow != 0) {
        PyErr_Format(PyExc_OverflowError, "%s is out of range: seconds go from -2**63 to 2**63 - 1",
                     name);
        return -1;
    }
    *out = sec;
    return sec == -1 && PyErr_Occurred() ? -1 : 0;
}

/* -- time_sec and time_nsec -- */

PyObject *
nmpy_message_get_time_sec(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLongLong(of(self)->time_sec);
}

int
nmpy_message_set_time_sec(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    int64_t sec;
    if (nmpy_refuse_delete(value, "time_sec") < 0 || parse_sec(value, "time_sec", &sec) < 0) {
        return -1;
    }
    /* The nanoseconds of the making belong to another second. */
    set_both(self, sec, of(self)->is_time_default ? 0 : of(self)->time_nsec);
    return 0;
}

PyObject *
nmpy_message_get_time_nsec(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(of(self)->time_nsec);
}

int
nmpy_message_set_time_nsec(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    uint32_t nsec;
    if (nmpy_refuse_delete(value, "time_nsec") < 0 ||
        nmpy_u32_parse(value, "time_nsec", &nsec) < 0) {
        return -1;
    }
    set_both(self, of(self)->time_sec, nsec);
    return 0;
}

/* -- time_ns -- */

PyObject *
nmpy_message_get_time_ns(PyObject *self, void *closure)
{
    (void)closure;
    int64_t ns;
    const nmpy_message *m = of(self);
    if (!__builtin_mul_overflow(m->time_sec, (int64_t)NSEC_PER_SEC, &ns) &&
        !__builtin_add_overflow(ns, (int64_t)m->time_nsec, &ns)) {
        return PyLong_FromLongLong(ns);
    }
    PyObject *sec = PyLong_FromLongLong(m->time_sec);
    PyObject *factor = PyLong_FromLong(NSEC_PER_SEC);
    PyObject *nsec = PyLong_FromUnsignedLong(m->time_nsec);
    PyObject *product = sec != NULL && factor != NULL ? PyNumber_Multiply(sec, factor) : NULL;
    PyObject *sum = product != NULL && nsec != NULL ? PyNumber_Add(product, nsec) : NULL;
    Py_XDECREF(sec);
    Py_XDECREF(factor);
    Py_XDECREF(nsec);
    Py_XDECREF(product);
    return sum;
}

int
nmpy_message_set_time_ns(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (nmpy_refuse_delete(value, "time_ns") < 0) {
        return -1;
    }
    if (!PyIndex_Check(value)) {
        PyErr_Format(PyExc_TypeError, "time_ns takes an int, not %.100s", Py_TYPE(value)->tp_name);
        return -1;
    }
    PyObject *number = PyNumber_Index(value);
    PyObject *factor = PyLong_FromLong(NSEC_PER_SEC);
    PyObject *both = number != NULL && factor != NULL ? PyNumber_Divmod(number, factor) : NULL;
    int64_t sec;
    int result = -1;
    if (both != NULL && parse_sec(PyTuple_GET_ITEM(both, 0), "time_ns", &sec) == 0) {
        set_both(self, sec, (uint32_t)PyLong_AsUnsignedLong(PyTuple_GET_ITEM(both, 1)));
        result = 0;
    }
    Py_XDECREF(number);
    Py_XDECREF(factor);
    Py_XDECREF(both);
    return result;
}

/* -- time -- */

/* What is used of the module datetime, imported when the first program asks for a time. Not by way
 * of its C interface, which interpreters with a GIL of their own do not have in Python 3.12.
 * @return 0, or -1 with an exception set. */
static int
import_datetime(nmpy_state *state)
{
    if (state->epoch != NULL) {
        return 0;
    }
    PyObject *module = PyImport_ImportModule("datetime");
    PyObject *zone = module != NULL ? PyObject_GetAttrString(module, "timezone") : NULL;
    PyObject *utc = zone != NULL ? PyObject_GetAttrString(zone, "utc") : NULL;
    PyObject *datetime = module != NULL ? PyObject_GetAttrString(module, "datetime") : NULL;
    PyObject *timedelta = module != NULL ? PyObject_GetAttrString(module, "timedelta") : NULL;
    PyObject *epoch = NULL;
    if (utc != NULL && datetime != NULL && timedelta != NULL) {
        epoch = PyObject_CallFunction(datetime, "iiiiiiiO", 1970, 1, 1, 0, 0, 0, 0, utc);
    }
    if (epoch != NULL && state->epoch == NULL) { /* Another thread may have been faster. */
        state->datetime_class = Py_NewRef(datetime);
        state->timedelta_class = Py_NewRef(timedelta);
        state->epoch = Py_NewRef(epoch);
    }
    Py_XDECREF(epoch);
    Py_XDECREF(module);
    Py_XDECREF(zone);
    Py_XDECREF(utc);
    Py_XDECREF(datetime);
    Py_XDECREF(timedelta);
    return state->epoch != NULL ? 0 : -1;
}

/* Years 1 to 9999 in days since 1970: what a datetime can be. */
enum { FIRST_DAY = -719162, LAST_DAY = 2932896 };

PyObject *
nmpy_message_get_time(PyObject *self, void *closure)
{
    (void)closure;
    const nmpy_message *m = of(self);
    int64_t day = m->time_sec / SEC_PER_DAY;
    int64_t second = m->time_sec % SEC_PER_DAY;
    if (second < 0) {
        day--;
        second += SEC_PER_DAY;
    }
    second += m->time_nsec / NSEC_PER_SEC; /* Anyone can send more than a second of them. */
    if (day < FIRST_DAY || day + (second >= SEC_PER_DAY) > LAST_DAY) {
        PyErr_Format(PyExc_OverflowError,
                     "time: %lld seconds since 1970 are outside the years 1 to 9999 of datetime; "
                     "time_ns and time_sec have no such limit",
                     (long long)m->time_sec);
        return NULL;
    }
    nmpy_state *state = nmpy_message_state(self);
    if (import_datetime(state) < 0) {
        return NULL;
    }
    PyObject *elapsed =
        PyObject_CallFunction(state->timedelta_class, "LLI", (long long)day, (long long)second,
                              m->time_nsec % NSEC_PER_SEC / NSEC_PER_USEC);
    PyObject *time = elapsed != NULL ? PyNumber_Add(state->epoch, elapsed) : NULL;
    Py_XDECREF(elapsed);
    return time;
}

/* @return 0, or -1 with an exception set. */
static int
require_aware(nmpy_state *state, PyObject *value)
{
    int is_datetime = PyObject_IsInstance(value, state->datetime_class);
    if (is_datetime <= 0) {
        if (is_datetime == 0) {
            PyErr_Format(PyExc_TypeError, "time takes an aware datetime, not %.100s",
                         Py_TYPE(value)->tp_name);
        }
        return -1;
    }
    PyObject *offset = PyObject_CallMethod(value, "utcoffset", NULL);
    bool is_naive = offset == Py_None;
    bool has_failed = offset == NULL;
    Py_XDECREF(offset);
    if (is_naive) {
        PyErr_Format(PyExc_ValueError,
                     "time takes an aware datetime: %R has no time zone (tzinfo=timezone.utc?)",
                     value);
    }
    return has_failed || is_naive ? -1 : 0;
}

/* @return 0, or -1 with an exception set. */
static int
get_number(PyObject *object, const char *attribute, int64_t *out)
{
    PyObject *number = PyObject_GetAttrString(object, attribute);
    *out = number != NULL ? PyLong_AsLongLong(number) : -1;
    Py_XDECREF(number);
    return *out == -1 && PyErr_Occurred() ? -1 : 0;
}

int
nmpy_message_set_time(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    nmpy_state *state = nmpy_message_state(self);
    if (nmpy_refuse_delete(value, "time") < 0 || import_datetime(state) < 0 ||
        require_aware(state, value) < 0) {
        return -1;
    }
    PyObject *elapsed = PyNumber_Subtract(value, state->epoch);
    int64_t day;
    int64_t second;
    int64_t usec;
    int result = -1;
    /* A program's own class may give anything. */
    if (elapsed != NULL && get_number(elapsed, "days", &day) == 0 &&
        get_number(elapsed, "seconds", &second) == 0 &&
        get_number(elapsed, "microseconds", &usec) == 0) {
        if (day >= FIRST_DAY - 1 && day <= LAST_DAY + 1 && second >= 0 && second < SEC_PER_DAY &&
            usec >= 0 && usec < NSEC_PER_SEC / NSEC_PER_USEC) {
            set_both(self, day * SEC_PER_DAY + second, (uint32_t)(usec * NSEC_PER_USEC));
            result = 0;
        } else {
            PyErr_Format(PyExc_ValueError, "time: %R minus 1970 gives %R, which no datetime gives",
                         value, elapsed);
        }
    }
    Py_XDECREF(elapsed);
    return result;
}
