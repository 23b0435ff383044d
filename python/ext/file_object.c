/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing through the methods of a file object, and reading memory that may change. */
#include "file_object.h"

enum {
    PIECE_LEN = 256 * 1024,   /* Asked of read() at a time. */
    SPOON_LEN = 1024 * 1024,  /* Given to the input at a time. */
    NOTHING_PAUSE_STEPS = 10, /* Milliseconds until an object that had nothing is asked again. */
};

struct nmpy_feed {
    PyObject *object; /* Borrowed; NULL: there is only the memory in `view`. */
    const char *method;
    bool is_text;
    bool is_handed; /* The method gives single containers, and waits by itself. */
    Py_buffer view; /* What was read and not given yet; obj is NULL when there is none. */
    Py_ssize_t given;
    bool has_ended;
};

/* -- reading -- */

nmpy_feed *
nmpy_feed_new_object(PyObject *object, bool is_text)
{
    nmpy_feed *feed = PyMem_Calloc(1, sizeof *feed);
    if (feed == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    feed->object = object;
    feed->is_text = is_text;
    /* read1() gives what is there, without waiting for all that was asked for. */
    feed->method = PyObject_HasAttrString(object, "read1") ? "read1" : "read";
    return feed;
}

nmpy_feed *
nmpy_feed_new_handed(PyObject *object)
{
    nmpy_feed *feed = PyMem_Calloc(1, sizeof *feed);
    if (feed == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    feed->object = object;
    feed->method = "receive";
    feed->is_handed = true;
    return feed;
}

nmpy_feed *
nmpy_feed_new_memory(PyObject *object)
{
    nmpy_feed *feed = PyMem_Calloc(1, sizeof *feed);
    if (feed == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    if (PyObject_GetBuffer(object, &feed->view, PyBUF_SIMPLE) < 0) {
        PyMem_Free(feed);
        return NULL;
    }
    return feed;
}

void
nmpy_feed_free(nmpy_feed *feed)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    if (feed == NULL) {
        return;
    }
    PyErr_Fetch(&type, &value, &traceback); /* What is let go of may run code. */
    if (feed->view.obj != NULL) {
        PyBuffer_Release(&feed->view);
    }
    PyMem_Free(feed);
    PyErr_Restore(type, value, traceback);
}

/* Make what read() gave the feed's view. @return 0, or -1 with an exception set. */
static int
take_piece(nmpy_feed *feed, PyObject *piece)
{
    PyObject *octets = NULL;
    if (PyUnicode_Check(piece) && feed->is_text) {
        octets = PyUnicode_AsEncodedString(piece, "utf-8", "surrogateescape");
    } else if (PyUnicode_Check(piece)) {
        PyErr_SetString(PyExc_TypeError,
                        "read() of the file object gives str: open it in binary mode");
    } else if (PyObject_CheckBuffer(piece)) {
        octets = PyBytes_FromObject(piece); /* A copy, unless it is bytes: it may be changed. */
    } else {
        PyErr_Format(PyExc_TypeError, "read() of the file object gives %.100s, not bytes",
                     Py_TYPE(piece)->tp_name);
    }
    int result = octets != NULL ? PyObject_GetBuffer(octets, &feed->view, PyBUF_SIMPLE) : -1;
    Py_XDECREF(octets); /* The view keeps it. */
    feed->given = 0;
    if (result == 0 && feed->view.len == 0) {
        feed->has_ended = true;
    }
    return result;
}

/* Have the object read. @return NM_OK: there is more, or the end; NM_AGAIN; NM_STOPPED. */
static nm_status
read_piece(nmpy_feed *feed)
{
    if (feed->object == NULL) {
        feed->has_ended = true;
        return NM_OK;
    }
    PyObject *piece = PyObject_CallMethod(feed->object, feed->method, "i", PIECE_LEN);
    if (piece == Py_None) {
        Py_DECREF(piece);
        return NM_AGAIN;
    }
    int result = piece != NULL ? take_piece(feed, piece) : -1;
    Py_XDECREF(piece);
    return result == 0 ? NM_OK : NM_STOPPED;
}

/* Give the input the next octets or the end. */
static nm_status
give(nmpy_feed *feed, nm_input *in, nm_error *err)
{
    if (feed->view.obj != NULL && feed->given == feed->view.len) {
        PyBuffer_Release(&feed->view);
    }
    if (feed->view.obj == NULL && !feed->has_ended) {
        nm_status status = read_piece(feed);
        if (status != NM_OK) {
            return status;
        }
    }
    if (feed->view.obj == NULL || feed->view.len == 0) {
        nm_input_feed_end(in);
        return NM_OK;
    }
    Py_ssize_t left = feed->view.len - feed->given;
    Py_ssize_t len = left < SPOON_LEN ? left : SPOON_LEN;
    nm_span octets = nm_span_of((const char *)feed->view.buf + feed->given, (size_t)len);
    nm_status status = nm_input_feed(in, octets, err);
    feed->given += status == NM_OK ? len : 0;
    return status;
}

/* Give the input one container. */
static nm_status
hand_over(nmpy_feed *feed, nm_input *in, bool may_wait, nm_error *err)
{
    if (feed->view.obj != NULL) {
        PyBuffer_Release(&feed->view); /* The container before. */
    }
    PyObject *received =
        PyObject_CallMethod(feed->object, feed->method, "i", /* may_wait= */ (int)may_wait);
    if (received == Py_None) {
        Py_DECREF(received);
        return may_wait && PyErr_CheckSignals() < 0 ? NM_STOPPED : NM_AGAIN;
    }
    int result = received != NULL ? PyObject_GetBuffer(received, &feed->view, PyBUF_SIMPLE) : -1;
    Py_XDECREF(received); /* The view keeps it. */
    return result == 0 ? nm_input_feed(in, nm_span_of(feed->view.buf, (size_t)feed->view.len), err)
                       : NM_STOPPED;
}

static nm_status
fill_once(nm_input *in, nm_error *err)
{
    nm_status status;
    if (nm_input_is_quick(in)) {
        return nm_input_fill(in, /* wait= */ NULL, err);
    }
    Py_BEGIN_ALLOW_THREADS
    status = nm_input_fill(in, /* wait= */ NULL, err);
    Py_END_ALLOW_THREADS
    return status;
}

/* @return false: to be called off, or with an exception of a signal handler set. */
static bool
pause_for_more(const bool *called_off)
{
    for (int i = 0; i < NOTHING_PAUSE_STEPS; i++) {
        nmpy_step_aside();
        if (*called_off || PyErr_CheckSignals() < 0) {
            return false;
        }
    }
    return true;
}

nm_status
nmpy_feed_fill(nmpy_feed *feed, nm_input *in, bool may_wait, const bool *called_off, nm_error *err)
{
    for (;;) {
        nm_status status = fill_once(in, err);
        if (status != NM_AGAIN) {
            return status;
        }
        status = feed->is_handed ? hand_over(feed, in, may_wait, err) : give(feed, in, err);
        bool has_to_pause = status == NM_AGAIN && may_wait && !feed->is_handed;
        if (*called_off || (has_to_pause && !pause_for_more(called_off))) {
            return NM_STOPPED;
        }
        if (status != NM_OK && (status != NM_AGAIN || !may_wait)) {
            return status;
        }
    }
}

/* -- writing -- */

typedef struct object_sink {
    nm_sink sink;
    PyObject *object; /* Borrowed. */
    bool is_text;
    bool is_raw;                      /* None from write() means that there was no room. */
    bool (*may_go_on)(void *context); /* That of every nmpy_wait. */
} object_sink;

/* What write() gave, as octets written of `len`; -1 with an exception set. */
static Py_ssize_t
written_of(const object_sink *s, PyObject *result, size_t len)
{
    if (result == Py_None) {
        return s->is_raw ? 0 : (Py_ssize_t)len;
    }
    if (s->is_text || !PyIndex_Check(result)) {
        return (Py_ssize_t)len; /* Counts letters, or something of its own. */
    }
    Py_ssize_t written = PyNumber_AsSsize_t(result, PyExc_OverflowError);
    if (written == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (written < 0 || (size_t)written > len) {
        PyErr_Format(PyExc_ValueError, "write() of the file object says that it wrote %zd of %zu",
                     written, len);
        return -1;
    }
    return written;
}

/* @return Octets written, or -1 with an exception set. */
static Py_ssize_t
write_piece(const object_sink *s, nm_span octets)
{
    PyObject *piece =
        s->is_text ? PyUnicode_DecodeUTF8((const char *)octets.data, (Py_ssize_t)octets.len,
                                          "surrogateescape")
                   : PyBytes_FromStringAndSize((const char *)octets.data, (Py_ssize_t)octets.len);
    PyObject *result = piece != NULL ? PyObject_CallMethod(s->object, "write", "O", piece) : NULL;
    Py_ssize_t written = result != NULL ? written_of(s, result, octets.len) : -1;
    Py_XDECREF(piece);
    Py_XDECREF(result);
    return written;
}

/* With the GIL. */
static nm_status
write_all(const object_sink *s, nm_span frame, size_t *done, const nmpy_wait *wait, nm_error *err)
{
    while (*done < frame.len) {
        nm_span left = nm_span_of(frame.data + *done, frame.len - *done);
        Py_ssize_t written = write_piece(s, left);
        if (written < 0) {
            return PyErr_ExceptionMatches(PyExc_Exception)
                       ? nm_error_set(err, NM_E_SYSTEM, 0, "write() of the file object raised")
                       : NM_STOPPED;
        }
        *done += (size_t)written;
        if (written == 0 && !pause_for_more(wait->called_off)) {
            return NM_STOPPED;
        }
    }
    return NM_OK;
}

static nm_status
object_write(nm_sink *sink, nm_span frame, size_t *done, const nm_wait *wait, nm_error *err)
{
    object_sink *s = (object_sink *)sink;
    if (wait == NULL || wait->may_go_on != s->may_go_on) {
        return NM_AGAIN; /* Nobody here who could take the GIL. */
    }
    nmpy_wait *w = wait->context;
    PyEval_RestoreThread(w->thread);
    nm_status status = write_all(s, frame, done, w, err);
    w->thread = PyEval_SaveThread();
    return status;
}

static nm_status
object_free(nm_sink *sink, nm_error *err)
{
    (void)err;
    PyMem_RawFree(sink); /* Without the GIL; the object is the output's. */
    return NM_OK;
}

static const nm_sink_ops object_ops = {
    .write = object_write,
    .free = object_free,
};

/* Is it an io.NAME? 1: true, 0: false, -1 with an exception set. */
static int
is_io(PyObject *object, const char *name)
{
    PyObject *io = PyImport_ImportModule("io");
    PyObject *class = io != NULL ? PyObject_GetAttrString(io, name) : NULL;
    int result = class != NULL ? PyObject_IsInstance(object, class) : -1;
    Py_XDECREF(io);
    Py_XDECREF(class);
    return result;
}

nm_sink *
nmpy_object_sink_new(PyObject *object, bool may_be_text)
{
    static const bool never = false;
    nmpy_wait probe;
    int is_raw = is_io(object, "RawIOBase");
    int is_text = is_raw >= 0 ? is_io(object, "TextIOBase") : -1;
    object_sink *s = is_text >= 0 ? PyMem_RawCalloc(1, sizeof *s) : NULL;
    if (s == NULL) {
        return is_text >= 0 ? (nm_sink *)PyErr_NoMemory() : NULL;
    }
    nmpy_wait_begin(&probe, &never);
    nmpy_wait_end(&probe);
    s->sink.ops = &object_ops;
    s->sink.fd = -1;
    s->object = object;
    s->is_text = may_be_text && is_text != 0;
    s->is_raw = is_raw != 0;
    s->may_go_on = probe.wait.may_go_on;
    return &s->sink;
}

PyObject *
nmpy_raise_no_descriptor(void)
{
    PyObject *io = PyImport_ImportModule("io");
    PyObject *class = io != NULL ? PyObject_GetAttrString(io, "UnsupportedOperation") : NULL;
    if (class != NULL) {
        PyErr_SetString(class, "fileno: there is no descriptor behind it");
    }
    Py_XDECREF(io);
    Py_XDECREF(class);
    return NULL;
}
