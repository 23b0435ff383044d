/* SPDX-License-Identifier: Apache-2.0 */
/* Dividing a file, for nmsg/_partitions.py. */
#include "module.h"

#include "io/partition.h"

static PyObject *
list_of(const nm_partition *parts, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *pair = Py_BuildValue("(KK)", (unsigned long long)parts[i].offset,
                                       (unsigned long long)parts[i].len);
        if (pair == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, pair);
        }
    }
    return list;
}

PyObject *
nmpy_partitions(PyObject *module, PyObject *args)
{
    static const bool never = false;
    nmpy_state *state = PyModule_GetState(module);
    PyObject *name;
    PyObject *target;
    PyObject *max_container;
    int fd;
    size_t target_len = 0;
    nm_limits limits = nm_limits_default;
    if (!PyArg_ParseTuple(args, "iOOO:_partitions", &fd, &name, &target, &max_container) ||
        nmpy_size_parse(target, "target", &target_len) < 0 ||
        nmpy_limits_parse(max_container, &limits) < 0) {
        return NULL;
    }
    if (target_len == 0) {
        PyErr_SetString(PyExc_ValueError, "target is a number of octets from 1 on, not 0");
        return NULL;
    }
    nm_partition *parts = NULL;
    size_t count = 0;
    nm_error err = {.code = NM_OK};
    nmpy_wait wait;
    nmpy_wait_begin(&wait, &never);
    nm_status status =
        nm_partitions_find(fd, target_len, &limits, &wait.wait, &parts, &count, &err);
    nmpy_wait_end(&wait);
    if (status == NM_E_ARGUMENT) {
        PyErr_Format(PyExc_ValueError, "%S: %s", name, err.message);
    } else if (status != NM_OK && status != NM_STOPPED) {
        nmpy_raise(state, &err, "nmsg.partitions() failed", name);
    }
    PyObject *list = status == NM_OK ? list_of(parts, count) : NULL;
    free(parts);
    return list;
}
