/* SPDX-License-Identifier: Apache-2.0 */
/* What programs can ask about message types: nmsg.types(), nmsg.describe() and what they give. */
#ifndef NMPY_TYPES_H
#define NMPY_TYPES_H

#include "module.h"

int nmpy_field_info_init(PyObject *module, nmpy_state *state);
int nmpy_type_info_init(PyObject *module, nmpy_state *state);

/** @return new reference, or NULL with an exception set. */
PyObject *nmpy_field_info_new(nmpy_state *state, const nm_schema *schema, size_t row);
PyObject *nmpy_type_info_new(nmpy_state *state, const nm_schema *schema);

/** Slot tp_dealloc of both. */
void nmpy_info_dealloc(PyObject *self);

/** A hash for objects that are equal when they stand for the same thing. */
Py_hash_t nmpy_pointer_hash(const void *pointer);

/** Name of a kind, such as "dns_name". */
const char *nmpy_kind_name(nm_kind kind);

/** "vendor:type" as str. @return new reference, or NULL with an exception set. */
PyObject *nmpy_type_name(const nm_schema *schema);

enum { NMPY_PROPERTIES_LEN = 64 /**< Room for the text of a field's properties, NUL included. */ };

/** Write "repeated, required", or nothing. @param out  Room for NMPY_PROPERTIES_LEN. */
void nmpy_field_properties(const nm_field *field, char *out);

/** Symbols of an enum separated by commas, "" for other fields. @return new reference or NULL. */
PyObject *nmpy_field_symbols_text(const nm_field *field);

#endif
