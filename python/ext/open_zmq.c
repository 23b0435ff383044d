/* SPDX-License-Identifier: Apache-2.0 */
/* ZeroMQ endpoints, as nmsg/_open.py takes them apart. */
#include "open.h"

int
nmpy_zmq_endpoint_parse(nmpy_state *state, PyObject *object, bool is_output, nm_zmq_endpoint *out)
{
    const char *address;
    Py_ssize_t len;
    int is_accepting;
    int is_pushpull;
    unsigned queue_len;
    nm_error err;
    if (!PyArg_ParseTuple(object, "s#ppI", &address, &len, &is_accepting, &is_pushpull,
                          &queue_len)) {
        return -1;
    }
    if (nm_zmq_endpoint_init(nm_span_of(address, (size_t)len), is_output, out, &err) != NM_OK) {
        nmpy_raise(state, &err, "nmsg.open() failed", /* where= */ NULL);
        return -1;
    }
    out->is_accepting = is_accepting != 0;
    out->is_pushpull = is_pushpull != 0;
    out->queue_len = queue_len;
    return 0;
}

PyObject *
nmpy_zmq_name(const nm_zmq_endpoint *endpoint)
{
    return PyUnicode_FromFormat("zmq+%s", endpoint->address);
}
