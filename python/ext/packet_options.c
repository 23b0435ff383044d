/* SPDX-License-Identifier: Apache-2.0 */
/* Options of packets. What they are called and may be, nmsg/_packets.py has. */
#include "packet_options.h"

/* Keywords of the values of nm_packet_options.dnsqr. */
static const char *const dnsqr_names[NM_DNSQR_VARIABLE_COUNT] = {
    [NM_DNSQR_QUERY_TIMEOUT] = "dnsqr_timeout",
    [NM_DNSQR_STATE_TABLE_MAX] = "dnsqr_queries",
    [NM_DNSQR_CAPTURE_QR] = "dnsqr_only",
    [NM_DNSQR_CAPTURE_RD] = "dnsqr_rd",
    [NM_DNSQR_ZERO_RESOLVER_ADDRESS] = "dnsqr_zero",
    [NM_DNSQR_FILTER_QNAMES_EXCLUDE] = "dnsqr_exclude",
    [NM_DNSQR_FILTER_QNAMES_INCLUDE] = "dnsqr_include",
    [NM_DNSQR_AUTH_ADDRS] = "dnsqr_auth",
    [NM_DNSQR_RES_ADDRS] = "dnsqr_res",
};

static int
dnsqr_parse(PyObject *values, nm_packet_options *out)
{
    for (Py_ssize_t v = 0; v < NM_DNSQR_VARIABLE_COUNT; v++) {
        PyObject *value = PyTuple_GetItem(values, v); /* Borrowed. */
        nm_error err;
        if (value == NULL) {
            return -1;
        }
        if (value == Py_None) {
            continue;
        }
        out->dnsqr[v] = PyUnicode_AsUTF8(value);
        if (out->dnsqr[v] == NULL) {
            return -1;
        }
        if (nm_packet_option_check((nm_dnsqr_variable)v, out->dnsqr[v], &err) != NM_OK) {
            PyErr_Format(PyExc_ValueError, "%s= cannot be %R: %s", dnsqr_names[v], value,
                         err.message);
            return -1;
        }
    }
    return 0;
}

int
nmpy_packet_options_parse(PyObject *tuple, nm_packet_options *out)
{
    PyObject *buffer;
    PyObject *dnsqr;
    int reads_all = 0;
    int is_promiscuous = 0;
    int is_immediate = 0;
    int asks_environment = 0;
    *out = nm_packet_options_default();
    if (tuple == Py_None) {
        return 0;
    }
    if (!PyArg_ParseTuple(tuple, "zpIIppIOpO!", &out->filter, &reads_all, &out->fragments.datagrams,
                          &out->fragments.timeout_sec, &is_promiscuous, &is_immediate,
                          &out->snap_len, &buffer, &asks_environment, &PyTuple_Type, &dnsqr) ||
        (buffer != Py_None && nmpy_size_parse(buffer, "kernel_buffer", &out->buffer_len) < 0) ||
        dnsqr_parse(dnsqr, out) < 0) {
        return -1;
    }
    out->links = reads_all ? NM_CAPTURE_LINKS_ALL : NM_CAPTURE_LINKS_USUAL;
    out->is_promiscuous = is_promiscuous != 0;
    out->is_immediate = is_immediate != 0;
    if (asks_environment) {
        nm_packet_options_from_environment(out);
    }
    return 0;
}
