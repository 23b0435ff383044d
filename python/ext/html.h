/* SPDX-License-Identifier: Apache-2.0 */
/* HTML tables for notebooks, for all types that show themselves in one. */
#ifndef NMPY_HTML_H
#define NMPY_HTML_H

#include "module.h"

/** A document that is being written. The first failure stays, with its exception; what is written
 *  behind it is lost. */
typedef struct nmpy_html {
    nm_buffer buffer;
    bool has_failed;
} nmpy_html;

/** Start; end with nmpy_html_end(). */
void nmpy_html_begin(nmpy_html *html);

/** Append markup as it is. */
void nmpy_html_markup(nmpy_html *html, const char *markup);

/** Append str(object) as text of which nothing is taken for markup: characters of HTML are escaped,
 *  control characters and surrogates replaced, and what exceeds `max` characters cut.
 *  @param object  NULL: something failed, whose exception is set. */
void nmpy_html_text(nmpy_html *html, PyObject *object, Py_ssize_t max);

/** Append a row of cells: `<tr><th>name</th><td>text of object</td></tr>`. */
void nmpy_html_row(nmpy_html *html, const char *name, PyObject *object);

/** Append the opening of a table with that caption, and with heads where there are any.
 *  @param heads  Ends with NULL; or NULL. */
void nmpy_html_table(nmpy_html *html, PyObject *caption, const char *const *heads);

/** The document as str; NULL with the exception of the first failure. */
PyObject *nmpy_html_end(nmpy_html *html);

enum { NMPY_HTML_TEXT_MAX = 2000 /**< For `max`: characters of a cell that a reader looks at. */ };

#endif
