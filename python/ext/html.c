/* SPDX-License-Identifier: Apache-2.0 */
/* Writing HTML of which no text can break out. */
#include "html.h"

void
nmpy_html_begin(nmpy_html *html)
{
    nm_buffer_init(&html->buffer, INT32_MAX, &nm_allocator_heap);
    html->has_failed = false;
}

static void
append(nmpy_html *html, const char *data, size_t len)
{
    if (!html->has_failed && nm_buffer_append(&html->buffer, nm_span_of(data, len)) != NM_OK) {
        html->has_failed = true;
        PyErr_NoMemory();
    }
}

void
nmpy_html_markup(nmpy_html *html, const char *markup)
{
    append(html, markup, strlen(markup));
}

/* One octet of UTF-8. */
static void
append_escaped(nmpy_html *html, char octet)
{
    switch (octet) {
    case '&':
        nmpy_html_markup(html, "&amp;");
        break;
    case '<':
        nmpy_html_markup(html, "&lt;");
        break;
    case '>':
        nmpy_html_markup(html, "&gt;");
        break;
    case '"':
        nmpy_html_markup(html, "&quot;");
        break;
    case '\'':
        nmpy_html_markup(html, "&#39;");
        break;
    case '\n':
    case '\t':
        append(html, &octet, 1);
        break;
    default:
        if ((octet >= 0 && octet < ' ') || octet == '\x7f') {
            nmpy_html_markup(html, "\xef\xbf\xbd"); /* U+FFFD */
        } else {
            append(html, &octet, 1);
        }
        break;
    }
}

/* At most `max` characters of a str, as UTF-8 in a new bytes; '?' for each surrogate. */
static PyObject *
encoded(PyObject *text, Py_ssize_t max)
{
    PyObject *part = PyUnicode_Substring(text, 0, max);
    PyObject *octets = part != NULL ? PyUnicode_AsEncodedString(part, "utf-8", "replace") : NULL;
    Py_XDECREF(part);
    return octets;
}

void
nmpy_html_text(nmpy_html *html, PyObject *object, Py_ssize_t max)
{
    if (html->has_failed) {
        return;
    }
    PyObject *text = object != NULL ? PyObject_Str(object) : NULL;
    PyObject *octets = text != NULL ? encoded(text, max) : NULL;
    html->has_failed = octets == NULL;
    for (Py_ssize_t i = 0; octets != NULL && i < PyBytes_GET_SIZE(octets); i++) {
        append_escaped(html, PyBytes_AS_STRING(octets)[i]);
    }
    if (octets != NULL && PyUnicode_GET_LENGTH(text) > max) {
        nmpy_html_markup(html, "&hellip;");
    }
    Py_XDECREF(text);
    Py_XDECREF(octets);
}

void
nmpy_html_row(nmpy_html *html, const char *name, PyObject *object)
{
    nmpy_html_markup(html, "<tr><th style=\"text-align:left\">");
    for (; *name != '\0'; name++) {
        append_escaped(html, *name);
    }
    nmpy_html_markup(html, "</th><td style=\"text-align:left;white-space:pre-wrap\">");
    nmpy_html_text(html, object, NMPY_HTML_TEXT_MAX);
    nmpy_html_markup(html, "</td></tr>\n");
}

void
nmpy_html_table(nmpy_html *html, PyObject *caption, const char *const *heads)
{
    nmpy_html_markup(html, "<table>\n<caption>");
    nmpy_html_text(html, caption, NMPY_HTML_TEXT_MAX);
    nmpy_html_markup(html, "</caption>\n");
    if (heads != NULL) {
        nmpy_html_markup(html, "<tr>");
        for (; *heads != NULL; heads++) {
            nmpy_html_markup(html, "<th style=\"text-align:left\">");
            nmpy_html_markup(html, *heads);
            nmpy_html_markup(html, "</th>");
        }
        nmpy_html_markup(html, "</tr>\n");
    }
}

PyObject *
nmpy_html_end(nmpy_html *html)
{
    PyObject *text = NULL;
    if (!html->has_failed) {
        text = PyUnicode_DecodeUTF8((const char *)html->buffer.data, (Py_ssize_t)html->buffer.len,
                                    /* errors= */ NULL);
    }
    nm_buffer_clear(&html->buffer);
    return text;
}
