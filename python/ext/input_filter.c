/* SPDX-License-Identifier: Apache-2.0 */
/* Which messages an input gives: its methods set_filter_…(). */
#include "input.h"

static PyObject *
set_filter(PyObject *object, nmpy_filter_part part, PyObject *const *args, Py_ssize_t nargs)
{
    nmpy_input *self = (nmpy_input *)object;
    nm_header_filter given;
    if (nmpy_filter_parse(self->state, part, args, nargs, &given) < 0 ||
        nmpy_input_lock_open(self) < 0) {
        return NULL;
    }
    nm_header_filter filter = nm_input_filter(self->in);
    nmpy_filter_replace(&filter, part, &given);
    nm_input_set_filter(self->in, &filter);
    nmpy_lock_release(&self->lock);
    Py_RETURN_NONE;
}

const char nmpy_input_set_filter_msgtype_doc[] =
    PyDoc_STR("set_filter_msgtype($self, vid, msgtype, /)\n--\n\n"
              "Only messages of this type, given as numbers or names. (0, 0): any type.\n\n"
              ">>> import nmsg\n"
              ">>> with nmsg.output.open_file('one.nmsg') as writer:\n"
              "...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
              ">>> reader = nmsg.input.open_file('one.nmsg')\n"
              ">>> reader.set_filter_msgtype('base', 'dnsqr')\n"
              ">>> list(reader)\n"
              "[]");

PyObject *
nmpy_input_set_filter_msgtype(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return set_filter(self, NMPY_FILTER_TYPE, args, nargs);
}

const char nmpy_input_set_filter_source_doc[] =
    PyDoc_STR("set_filter_source($self, source, /)\n--\n\n"
              "Only messages from this source. 0: any.\n\n"
              ">>> import nmsg\n"
              ">>> with nmsg.output.open_file('one.nmsg') as writer:\n"
              "...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
              ">>> reader = nmsg.input.open_file('one.nmsg')\n"
              ">>> reader.set_filter_source(8)\n"
              ">>> list(reader)\n"
              "[]");

PyObject *
nmpy_input_set_filter_source(PyObject *self, PyObject *value)
{
    return set_filter(self, NMPY_FILTER_SOURCE, &value, 1);
}

const char nmpy_input_set_filter_operator_doc[] =
    PyDoc_STR("set_filter_operator($self, operator, /)\n--\n\n"
              "Only messages of this operator, a name or number.\n"
              "0 or None: any.\n\n"
              ">>> import nmsg\n"
              ">>> with nmsg.output.open_file('one.nmsg') as writer:\n"
              "...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
              ">>> reader = nmsg.input.open_file('one.nmsg')\n"
              ">>> reader.set_filter_operator(1)\n"
              ">>> list(reader)\n"
              "[]");

PyObject *
nmpy_input_set_filter_operator(PyObject *self, PyObject *value)
{
    return set_filter(self, NMPY_FILTER_OPERATOR, &value, 1);
}

const char nmpy_input_set_filter_group_doc[] =
    PyDoc_STR("set_filter_group($self, group, /)\n--\n\n"
              "Only messages of this group, a name or number.\n"
              "0 or None: any.\n\n"
              ">>> import nmsg\n"
              ">>> with nmsg.output.open_file('one.nmsg') as writer:\n"
              "...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
              ">>> reader = nmsg.input.open_file('one.nmsg')\n"
              ">>> reader.set_filter_group(1)\n"
              ">>> list(reader)\n"
              "[]");

PyObject *
nmpy_input_set_filter_group(PyObject *self, PyObject *value)
{
    return set_filter(self, NMPY_FILTER_GROUP, &value, 1);
}
