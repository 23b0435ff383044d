/* SPDX-License-Identifier: Apache-2.0 */
/* Reading many messages at a time. Decoding goes on without the GIL, which is taken once for all
 * that were decoded.
 *
 * No message is lost when something is raised: what a signal handler raises comes at once, and the
 * messages that were there are kept for the next call; what is raised because of the data or the
 * system comes with the next call, after the messages that stood before it. */
#include "input_batch.h"

#include <errno.h>
#include <math.h>
#include <poll.h>

#include "file_object.h"
#include "stage.h"

enum {
    BATCH_DEFAULT = 500, /* Messages of a batch: two of them fit into the cache of a processor. */
    NS_PER_SEC = 1000 * 1000 * 1000,
    NS_PER_MS = 1000 * 1000,
    NO_DESCRIPTOR_MS = 20, /* Between two looks at what has no descriptor. */
};

static const int64_t no_timeout = -1;

/* What ended the gathering of a batch. */
typedef enum ending {
    ENDED_WHOLE,    /* Enough, or all that there was in time. */
    ENDED_BY_DATA,  /* An exception is set, of which the messages do not know. */
    ENDED_FROM_OUT, /* The same: of a signal handler, or because there is no memory. */
} ending;

/* -- what is kept for the next call -- */

void
nmpy_input_drop_kept(nmpy_input *self)
{
    Py_CLEAR(self->kept);
    Py_CLEAR(self->deferred);
    self->kept_next = 0;
}

static PyObject *
raise_deferred(nmpy_input *self)
{
    PyObject *exception = self->deferred;
    self->deferred = NULL;
    PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_DECREF(exception);
    return NULL;
}

PyObject *
nmpy_input_take_kept(nmpy_input *self)
{
    if (self->kept == NULL) {
        return self->deferred != NULL ? raise_deferred(self) : NULL;
    }
    PyObject *message = Py_NewRef(PyList_GET_ITEM(self->kept, self->kept_next++));
    if (self->kept_next == PyList_GET_SIZE(self->kept)) {
        Py_CLEAR(self->kept);
        self->kept_next = 0;
    }
    return message;
}

/* Up to `n` messages of those kept as a new list, empty if there are none. */
static PyObject *
take_kept_list(nmpy_input *self, Py_ssize_t n)
{
    if (self->kept == NULL) {
        return PyList_New(0);
    }
    Py_ssize_t left = PyList_GET_SIZE(self->kept) - self->kept_next;
    Py_ssize_t count = n < left ? n : left;
    PyObject *list = PyList_GetSlice(self->kept, self->kept_next, self->kept_next + count);
    if (list != NULL) {
        self->kept_next += count;
        if (count == left) {
            Py_CLEAR(self->kept);
            self->kept_next = 0;
        }
    }
    return list;
}

/* Keep the messages of `list`, which come before those kept already. Keeps an exception that is
 * set; without memory they are lost. */
static void
keep(nmpy_input *self, PyObject *list)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *rest = take_kept_list(self, PY_SSIZE_T_MAX);
    PyObject *all = rest != NULL ? PySequence_Concat(list, rest) : NULL;
    if (all == NULL) {
        PyErr_WriteUnraisable((PyObject *)self);
    } else if (PyList_GET_SIZE(all) > 0) {
        self->kept = Py_NewRef(all);
        self->kept_next = 0;
    }
    Py_XDECREF(rest);
    Py_XDECREF(all);
    PyErr_Restore(type, value, traceback);
}

/* Take the exception that is set for the next call. */
static void
defer(nmpy_input *self)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    Py_XSETREF(self->deferred, value);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
}

PyObject *
nmpy_input_hold(PyObject *object, PyObject *args)
{
    nmpy_input *self = (nmpy_input *)object;
    PyObject *messages;
    PyObject *exception;
    if (!PyArg_ParseTuple(args, "O!O:_hold", &PyList_Type, &messages, &exception)) {
        return NULL;
    }
    keep(self, messages);
    if (PyExceptionInstance_Check(exception)) {
        Py_XSETREF(self->deferred, Py_NewRef(exception));
    }
    Py_RETURN_NONE;
}

PyObject *
nmpy_input_gather(PyObject *object, PyObject *is_gathering)
{
    nmpy_input *self = (nmpy_input *)object;
    self->is_gathering = is_gathering == Py_True;
    if (self->in != NULL && !self->is_given_away && !self->lock.is_held) {
        if (self->is_gathering && self->kept == NULL) {
            nm_input_release(self->in);
        }
        nm_input_hold(self->in, self->is_gathering);
    }
    Py_RETURN_NONE;
}

/* -- gathering -- */

/* Fill the stage with what comes without waiting. Called without the GIL.
 *  @return NM_OK: it is full; else as nm_input_take_each() and nm_input_fill(). */
static nm_status
fill_stage(nm_input *in, bool is_fed, nmpy_stage *stage, nm_error *err)
{
    for (;;) {
        nm_status status = nm_input_take_each(in, nmpy_stage_add, stage, err);
        if (status == NM_AGAIN && !is_fed) {
            status = nm_input_fill(in, /* wait= */ NULL, err);
        }
        if (status != NM_OK || nmpy_stage_is_full(stage)) {
            return status;
        }
    }
}

/* Append objects for the messages of the stage. @return 0, or -1 with an exception set. */
static int
append_staged(nmpy_input *self, PyObject *list)
{
    nmpy_stage *stage = self->stage;
    for (size_t i = 0; i < nmpy_stage_count(stage); i++) {
        PyObject *message = nmpy_stage_object(stage, i, self->state, self->strings_are_bytes);
        if (message == NULL || PyList_Append(list, message) < 0) {
            Py_XDECREF(message);
            return -1;
        }
        Py_DECREF(message);
    }
    if (nmpy_stage_has_failed(stage)) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* Wait a slice for the input.
 * @return NM_OK: look again; NM_AGAIN: time is up; NM_STOPPED: closed, or a signal handler raised;
 *         NM_E_SYSTEM. */
static nm_status
wait_slice(nmpy_input *self, int64_t deadline_ns, nm_error *err)
{
    int slice_ms = NM_WAIT_SLICE_MS;
    struct pollfd pfd = {.fd = nm_input_fileno(self->in), .events = POLLIN};
    if (pfd.fd < 0) {
        slice_ms = NO_DESCRIPTOR_MS;
    }
    if (deadline_ns != no_timeout) {
        int64_t left_ns = deadline_ns - nm_clock_monotonic_ns();
        if (left_ns <= 0) {
            return NM_AGAIN;
        }
        int64_t left_ms = (left_ns + NS_PER_MS - 1) / NS_PER_MS;
        slice_ms = left_ms < slice_ms ? (int)left_ms : slice_ms;
    }
    int ready;
    int poll_errno;
    Py_BEGIN_ALLOW_THREADS
    ready = poll(&pfd, pfd.fd >= 0 ? 1 : 0, slice_ms);
    poll_errno = errno;
    Py_END_ALLOW_THREADS
    if (PyErr_CheckSignals() < 0 || self->is_closing) {
        return NM_STOPPED;
    }
    return ready < 0 && poll_errno != EINTR ? nm_error_set_system(err, poll_errno, "poll() failed")
                                            : NM_OK;
}

/* There is nothing now: ask the file object for more, or wait if that is wanted. As wait_slice(),
 * and what nm_input_fill() gives. */
static nm_status
look_for_more(nmpy_input *self, int64_t deadline_ns, nm_error *err)
{
    if (self->feed != NULL) {
        nm_status status =
            nmpy_feed_fill(self->feed, self->in, /* may_wait= */ false, &self->is_closing, err);
        if (status != NM_AGAIN) {
            return status;
        }
    }
    return self->is_blocking ? wait_slice(self, deadline_ns, err) : NM_AGAIN;
}

/* One round: what is there, and a wait if that is nothing.
 * @return NM_OK: go on; NM_END, NM_AGAIN: that is all; NM_STOPPED as wait_slice(); NM_E_…: bad data
 *         or a failure, told by *err; NM_E_ARGUMENT: an exception is set. */
static nm_status
gather_round(nmpy_input *self, PyObject *list, Py_ssize_t n, int64_t deadline_ns, nm_error *err)
{
    Py_ssize_t missing = n - PyList_GET_SIZE(list);
    nm_status status;
    nmpy_stage_begin(self->stage, missing < NMPY_STAGE_MAX ? (size_t)missing : NMPY_STAGE_MAX);
    Py_BEGIN_ALLOW_THREADS
    status = fill_stage(self->in, self->feed != NULL, self->stage, err);
    Py_END_ALLOW_THREADS
    if (append_staged(self, list) < 0) {
        return NM_E_ARGUMENT;
    }
    if (self->is_watched) {
        nm_input_settle(self->in);
    }
    if (status == NM_AGAIN && PyList_GET_SIZE(list) < n) {
        status = look_for_more(self, deadline_ns, err);
    }
    return status;
}

static ending
gather(nmpy_input *self, PyObject *list, Py_ssize_t n, int64_t timeout_ns)
{
    int64_t deadline_ns =
        timeout_ns == no_timeout ? no_timeout : nm_clock_monotonic_ns() + timeout_ns;
    while (PyList_GET_SIZE(list) < n && !self->is_closing) {
        nm_error err = {.code = NM_OK};
        nm_status status = gather_round(self, list, n, deadline_ns, &err);
        if (status == NM_E_ARGUMENT) {
            return ENDED_FROM_OUT;
        }
        if (status == NM_END || status == NM_AGAIN || status == NM_STOPPED) {
            self->is_at_end = status == NM_END;
            return PyErr_Occurred() ? ENDED_FROM_OUT : ENDED_WHOLE;
        }
        if (status != NM_OK && nmpy_input_report(self, &err) < 0) {
            return ENDED_BY_DATA;
        }
        if (PyErr_CheckSignals() < 0) {
            return ENDED_FROM_OUT;
        }
        if (timeout_ns > 0 && nm_clock_monotonic_ns() >= deadline_ns) {
            break; /* However much there is. */
        }
    }
    return ENDED_WHOLE;
}

/* Takes the list. @return it, or NULL with an exception set. */
static PyObject *
finish(nmpy_input *self, PyObject *list, ending how)
{
    if (how == ENDED_WHOLE) {
        return list;
    }
    if (how == ENDED_BY_DATA && PyList_GET_SIZE(list) > 0) {
        defer(self);
        return list;
    }
    keep(self, list);
    Py_DECREF(list);
    return NULL;
}

static PyObject *
read_batch_locked(nmpy_input *self, Py_ssize_t n, int64_t timeout_ns)
{
    if (self->in == NULL || self->is_given_away) {
        (void)nmpy_input_refuse_reading(self); /* Always NULL. */
        return PyErr_Occurred() ? NULL : PyList_New(0);
    }
    if (self->stage == NULL) {
        self->stage = nmpy_stage_new();
    }
    if (self->stage == NULL || (self->kept == NULL && self->deferred != NULL)) {
        return self->stage != NULL ? raise_deferred(self) : NULL;
    }
    if (self->kept == NULL && !self->is_gathering) {
        nm_input_release(self->in); /* The program has had all so far, and asks for more. */
    }
    PyObject *list = take_kept_list(self, n);
    if (list == NULL || self->deferred != NULL) {
        return list; /* It stands behind these messages. */
    }
    nm_input_hold(self->in, /* is_holding= */ true); /* These it has only when this is over. */
    ending how = gather(self, list, n, timeout_ns);
    nm_input_hold(self->in, self->is_gathering);
    return finish(self, list, how);
}

static PyObject *
read_batch(nmpy_input *self, Py_ssize_t n, int64_t timeout_ns)
{
    if (nmpy_lock_acquire(&self->lock) < 0) {
        return NULL;
    }
    PyObject *list = self->is_closing ? PyList_New(0) : read_batch_locked(self, n, timeout_ns);
    if (self->closes_on_leave) {
        nmpy_input_shut(self);
    }
    nmpy_lock_release(&self->lock);
    return list;
}

/* -- arguments -- */

/* Seconds, or None. @return 0, or -1 with an exception set. */
static int
parse_timeout(PyObject *object, int64_t *out)
{
    if (object == Py_None) {
        *out = no_timeout;
        return 0;
    }
    double sec = PyFloat_AsDouble(object);
    if (sec == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    if (isnan(sec) || sec < 0) {
        PyErr_Format(PyExc_ValueError, "timeout is a number of seconds, 0 or more, or None: not %R",
                     object);
        return -1;
    }
    const double longest_sec = 1e9; /* 30 years. */
    *out = sec < longest_sec ? (int64_t)(sec * NS_PER_SEC) : no_timeout;
    return 0;
}

static int
check_count(Py_ssize_t n)
{
    if (n < 1) {
        PyErr_Format(PyExc_ValueError, "n is a number of messages, 1 or more, not %zd", n);
        return -1;
    }
    return 0;
}

const char nmpy_input_read_batch_doc[] = PyDoc_STR(
    "read_batch($self, n, timeout=None)\n--\n\n"
    "The next n messages as a list; fewer when the input ends, when timeout seconds have passed,\n"
    "and for non-blocking inputs. Decoding goes on without the GIL, so other threads run\n"
    "meanwhile. timeout=0: what is there now.\n\n"
    "An empty list says that there is nothing more, or nothing yet: see at_end.\n\n"
    "Raises as read(). What damage or a failing system raises comes after the messages before\n"
    "it; what a signal handler raises comes at once, and the next call has the messages.\n"
    "ValueError for an n below 1 or a negative timeout.\n\n"
    ">>> import nmsg\n"
    ">>> with nmsg.output.open_file('ports.nmsg') as writer:\n"
    "...     for port in 25, 53, 80:\n"
    "...         writer.write(nmsg.msgtype.base.ipconn(srcport=port))\n"
    ">>> reader = nmsg.input.open_file('ports.nmsg')\n"
    ">>> [m['srcport'] for m in reader.read_batch(2)]\n"
    "[25, 53]\n"
    ">>> [m['srcport'] for m in reader.read_batch(2)]\n"
    "[80]\n"
    ">>> reader.read_batch(2), reader.at_end\n"
    "([], True)");

PyObject *
nmpy_input_read_batch(PyObject *input, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"n", "timeout", NULL};
    Py_ssize_t n;
    int64_t timeout_ns;
    PyObject *timeout = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "n|O:read_batch", keywords, &n, &timeout) ||
        check_count(n) < 0 || parse_timeout(timeout, &timeout_ns) < 0) {
        return NULL;
    }
    return read_batch((nmpy_input *)input, n, timeout_ns);
}

/* -- batches() -- */

/* Iterator of batches. */
typedef struct batches {
    PyObject_HEAD
    nmpy_input *input;
    Py_ssize_t n;
    int64_t timeout_ns;
    PyObject *timeout; /* As it was given, for asyncio. */
    bool is_cut_off;   /* By close(): the last batch has been given. */
} batches;

/* Whether an empty batch means that there will be no other. */
static bool
is_over(const nmpy_input *input)
{
    return input->is_at_end || !input->is_blocking;
}

static PyObject *
batches_next(PyObject *object)
{
    batches *b = (batches *)object;
    while (!b->is_cut_off) {
        PyObject *list = read_batch(b->input, b->n, b->timeout_ns);
        b->is_cut_off = list != NULL && (b->input->is_closing || b->input->in == NULL);
        if (list == NULL || PyList_GET_SIZE(list) > 0) {
            return list;
        }
        Py_DECREF(list);
        if (is_over(b->input)) {
            break;
        }
    }
    return NULL;
}

static PyObject *
batches_anext(PyObject *object)
{
    batches *b = (batches *)object;
    PyObject *module = PyImport_ImportModule("nmsg._async");
    PyObject *result = module != NULL ? PyObject_CallMethod(module, "next_batch", "OnO", b->input,
                                                            b->n, b->timeout)
                                      : NULL;
    Py_XDECREF(module);
    return result;
}

static int
batches_traverse(PyObject *object, visitproc visit, void *arg)
{
    batches *b = (batches *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(b->input);
    Py_VISIT(b->timeout);
    return 0;
}

static void
batches_dealloc(PyObject *object)
{
    batches *b = (batches *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    Py_CLEAR(b->input);
    Py_CLEAR(b->timeout);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyType_Slot batches_slots[] = {
    {Py_tp_doc, (void *)"Lists of messages: what input.batches() gives."},
    {Py_tp_dealloc, NMPY_SLOT(batches_dealloc)},
    {Py_tp_traverse, NMPY_SLOT(batches_traverse)},
    {Py_tp_iter, NMPY_SLOT(PyObject_SelfIter)},
    {Py_tp_iternext, NMPY_SLOT(batches_next)},
    {Py_am_aiter, NMPY_SLOT(PyObject_SelfIter)},
    {Py_am_anext, NMPY_SLOT(batches_anext)},
    {0, NULL},
};

static PyType_Spec batches_spec = {
    .name = "nmsg._nmsg._batches",
    .basicsize = sizeof(batches),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = batches_slots,
};

int
nmpy_input_batch_init(PyObject *module, nmpy_state *state)
{
    state->batches_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &batches_spec, /* bases= */ NULL);
    return state->batches_type != NULL ? 0 : -1;
}

const char nmpy_input_batches_doc[] = PyDoc_STR(
    "batches($self, n=500, timeout=1.0)\n--\n\n"
    "Iterator of lists of n messages, the last may be shorter; the quickest way to read many.\n"
    "A list is shorter, too, when its last messages did not come within timeout seconds; it is\n"
    "never empty. `async for` works as well. Ends and raises as read_batch().\n\n"
    ">>> import nmsg\n"
    ">>> with nmsg.output.open_file('ports.nmsg') as writer:\n"
    "...     for port in 25, 53, 80:\n"
    "...         writer.write(nmsg.msgtype.base.ipconn(srcport=port))\n"
    ">>> with nmsg.open('ports.nmsg') as reader:\n"
    "...     [len(batch) for batch in reader.batches(2)]\n"
    "[2, 1]");

PyObject *
nmpy_input_batches(PyObject *input, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"n", "timeout", NULL};
    nmpy_input *self = (nmpy_input *)input;
    Py_ssize_t n = BATCH_DEFAULT;
    PyObject *timeout = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|nO:batches", keywords, &n, &timeout)) {
        return NULL;
    }
    int64_t timeout_ns = NS_PER_SEC;
    timeout = timeout != NULL ? Py_NewRef(timeout) : PyFloat_FromDouble(1.0);
    batches *b = NULL;
    if (timeout != NULL && check_count(n) == 0 && parse_timeout(timeout, &timeout_ns) == 0) {
        b = (batches *)self->state->batches_type->tp_alloc(self->state->batches_type, 0);
    }
    if (b != NULL) {
        b->input = (nmpy_input *)Py_NewRef(input);
        b->n = n;
        b->timeout_ns = timeout_ns;
        b->timeout = Py_NewRef(timeout);
    }
    Py_XDECREF(timeout);
    return (PyObject *)b;
}
