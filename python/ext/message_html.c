/* SPDX-License-Identifier: Apache-2.0 */
/* A message as an HTML table, which notebooks show. */
#include "message.h"

#include "html.h"

enum { LIST_MAX = 50 /* Values of a repeated field that are shown. */ };

/* The values of a list, a line for each; many are cut. */
static PyObject *
lines_of(PyObject *list)
{
    Py_ssize_t count = PyList_GET_SIZE(list);
    PyObject *shown = PyList_GetSlice(list, 0, LIST_MAX);
    PyObject *line_end = PyUnicode_FromString("\n");
    PyObject *text = NULL;
    int result = shown != NULL && line_end != NULL ? 0 : -1;
    if (result == 0 && count > LIST_MAX) {
        PyObject *rest = PyUnicode_FromFormat("(%zd more)", count - LIST_MAX);
        result = rest != NULL ? PyList_Append(shown, rest) : -1;
        Py_XDECREF(rest);
    }
    if (result == 0) {
        text = PyUnicode_Join(line_end, shown);
    }
    Py_XDECREF(shown);
    Py_XDECREF(line_end);
    return text;
}

static void
add_row(nmpy_html *html, nmpy_message *m, const nmpy_fields *now, size_t row)
{
    PyObject *text = nmpy_message_row_text(m, now, row);
    if (text != NULL && PyList_Check(text)) {
        Py_SETREF(text, lines_of(text));
    }
    if (text != Py_None) {
        nmpy_html_row(html, m->schema->schema->fields[row].name, text);
    }
    Py_XDECREF(text);
}

PyObject *
nmpy_message_repr_html(PyObject *self, PyObject *unused)
{
    (void)unused;
    nmpy_message *m = (nmpy_message *)self;
    nmpy_fields now;
    nmpy_html html;
    PyObject *title = nmpy_message_header_text(self);
    nmpy_html_begin(&html);
    nmpy_html_table(&html, title, /* heads= */ NULL);
    Py_XDECREF(title);
    if (m->schema != NULL) {
        html.has_failed |= nmpy_fields_init(&now, m) < 0;
        for (size_t row = 0; !html.has_failed && row < nmpy_message_row_count(m); row++) {
            if (nmpy_message_is_listed(m, row)) {
                add_row(&html, m, &now, row);
            }
        }
        nmpy_fields_clear(&now);
    } else {
        PyObject *octets = PyUnicode_FromFormat("%u octets of an unknown type", m->data_len);
        nmpy_html_row(&html, "payload", octets);
        Py_XDECREF(octets);
    }
    nmpy_html_markup(&html, "</table>");
    return nmpy_html_end(&html);
}
