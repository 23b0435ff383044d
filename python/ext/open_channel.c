/* SPDX-License-Identifier: Apache-2.0 */
/* Where nmsg.open("channel:NAME") listens. */
#include "module.h"

#include "io/channel.h"

/* Append (address, port) for all ports of a place. @return 0, or -1 with an exception set. */
static int
add_place(PyObject *list, const nm_channel_place *place)
{
    for (unsigned port = place->first_port; port <= place->last_port; port++) {
        PyObject *pair = Py_BuildValue("(sI)", place->address, port);
        int result = pair != NULL ? PyList_Append(list, pair) : -1;
        Py_XDECREF(pair);
        if (result < 0) {
            return -1;
        }
    }
    return 0;
}

static int
add_places(nmpy_state *state, PyObject *name, nm_channel_search *search, PyObject *list)
{
    for (;;) {
        nm_channel_place place;
        nm_error err;
        nm_status status = nm_channel_place_next(search, &place, &err);
        if (status == NM_END) {
            break;
        }
        if (status != NM_OK || place.is_endpoint) {
            PyErr_Format(state->error, "lookup of channel %S failed: %s", name,
                         status != NM_OK
                             ? err.message
                             : "it has ZeroMQ endpoints, which are opened by their URLs");
            return -1;
        }
        if (add_place(list, &place) < 0) {
            return -1;
        }
    }
    if (PyList_GET_SIZE(list) == 0) {
        PyErr_Format(state->error, "lookup of channel %S failed: %s", name,
                     search->is_known ? "it has no addresses" : "there is no such channel");
        return -1;
    }
    return 0;
}

static PyObject *
endpoints_in(nmpy_state *state, PyObject *name, nm_span text)
{
    Py_ssize_t len = 0;
    const char *octets = PyUnicode_AsUTF8AndSize(name, &len);
    PyObject *list = octets != NULL ? PyList_New(0) : NULL;
    if (list != NULL) {
        nm_channel_search search = nm_channel_search_init(text, nm_span_of(octets, (size_t)len));
        if (add_places(state, name, &search, list) < 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

PyObject *
nmpy_channel_endpoints(PyObject *module, PyObject *name)
{
    nmpy_state *state = PyModule_GetState(module);
    char *path = NULL;
    nm_error err;
    nm_buffer text;
    PyObject *list = NULL;
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "the name of a channel is a str");
        return NULL;
    }
    nm_buffer_init(&text, INT32_MAX, &nm_allocator_heap);
    if (nm_channel_file_read(&text, &path, &err) != NM_OK) {
        nmpy_raise(state, &err, "lookup of a channel failed", name);
    } else if (path == NULL) {
        PyErr_Format(state->error, "unable to locate nmsg channel alias file for channel %S", name);
    } else {
        list = endpoints_in(state, name, nm_buffer_span(&text));
    }
    free(path);
    nm_buffer_clear(&text);
    return list;
}
