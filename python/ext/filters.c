/* SPDX-License-Identifier: Apache-2.0 */
/* The four set_filter_… methods that inputs and the engine have in common: what they are given. */
#include "module.h"

static int
parse_msgtype(nmpy_state *state, PyObject *const *args, Py_ssize_t nargs, nm_header_filter *out)
{
    if (nargs != 2) {
        PyErr_Format(PyExc_TypeError, "set_filter_msgtype() takes 2 arguments (%zd given)", nargs);
        return -1;
    }
    return nmpy_msgtype_parse(state, args[0], args[1], &out->vendor, &out->type);
}

int
nmpy_filter_parse(nmpy_state *state, nmpy_filter_part part, PyObject *const *args, Py_ssize_t nargs,
                  nm_header_filter *out)
{
    *out = (nm_header_filter){.vendor = 0};
    switch (part) {
    case NMPY_FILTER_TYPE:
        return parse_msgtype(state, args, nargs, out);
    case NMPY_FILTER_SOURCE:
        return nmpy_u32_parse(args[0], "source", &out->source);
    case NMPY_FILTER_OPERATOR:
        return nmpy_alias_parse(state, args[0], "operator", state->operators, &out->operator);
    case NMPY_FILTER_GROUP:
        return nmpy_alias_parse(state, args[0], "group", state->groups, &out->group);
    }
    return -1; /* There are no others. */
}

void
nmpy_filter_replace(nm_header_filter *filter, nmpy_filter_part part, const nm_header_filter *by)
{
    switch (part) {
    case NMPY_FILTER_TYPE:
        filter->vendor = by->vendor;
        filter->type = by->type;
        break;
    case NMPY_FILTER_SOURCE:
        filter->source = by->source;
        break;
    case NMPY_FILTER_OPERATOR:
        filter->operator = by->operator;
        break;
    case NMPY_FILTER_GROUP:
        filter->group = by->group;
        break;
    }
}
