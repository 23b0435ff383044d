/* SPDX-License-Identifier: Apache-2.0 */
/* The message object, for the files message*.c, which implement it:
 *
 *   message.c         making and freeing messages, the class itself
 *   message_read.c    values of fields, and what a mapping offers to who reads
 *   message_change.c  assigning fields: one, many at once, all or none
 *   message_encode.c  the octets of a changed message, and comparing
 *   message_header.c  vendor, type, source, operator, group; message_time.c the time
 *   message_fields.c  m.fields, the same mapping as an object of its own
 *   message_copy.c    copies and pickles
 *   message_text.c    JSON and text of values; message_dict.c dicts as of that JSON
 *   message_show.c    repr() and str(); message_html.c the table of notebooks */
#ifndef NMPY_MESSAGE_H
#define NMPY_MESSAGE_H

#include "module.h"

/** Messages of up to this many octets lie in the object itself. */
enum { NMPY_INLINE_MAX = 4096 };

/** What differs from the octets, or may differ because the program holds a list of it. */
typedef struct nmpy_changes {
    uint64_t handed_out; /**< One bit per row: a list made from the octets, perhaps not changed. */
    size_t count;        /**< Of rows: when the interpreter ends, the table may go before us. */
    PyObject *values[];  /**< Per row: NULL as in the octets, None deleted, else the value. */
} nmpy_changes;

_Static_assert(NM_SCHEMA_FIELDS_MAX <= 64, "a bit for every row");

/** A message owns its octets. Behind this struct lie the index (one slot for every row) and, where
 *  they are few, the octets. Fields that were assigned are kept as Python objects on top. */
typedef struct nmpy_message {
    PyObject_VAR_HEAD
    const nmpy_schema *schema; /**< NULL for types that nobody here knows. */
    uint8_t *data;
    nmpy_changes *changes; /**< NULL until a field is assigned or a list handed out. */
    int64_t time_sec;
    uint32_t time_nsec;
    uint32_t vendor;
    uint32_t type;
    uint32_t source;
    uint32_t operator;
    uint32_t group;
    uint32_t data_len;
    uint8_t has;    /**< NM_HAS_… */
    bool owns_data; /**< `data` is a block of its own. */
    bool strings_are_bytes;
    bool is_time_default; /**< Nobody set the time: it is that of the making. */
} nmpy_message;

/** The index of the message. */
static inline nm_slot *
nmpy_message_slots(nmpy_message *m)
{
    return (nm_slot *)(m + 1);
}

/** The octets of the message as they came. */
static inline nm_span
nmpy_message_data(const nmpy_message *m)
{
    return nm_span_of(m->data, m->data_len);
}

/** State of the module that the object's class comes from. */
static inline nmpy_state *
nmpy_message_state(PyObject *message)
{
    return nmpy_state_of(Py_TYPE(message));
}

/** Whether the field has any number of values. */
static inline bool
nmpy_message_is_repeated(const nmpy_message *m, size_t row)
{
    return (m->schema->schema->fields[row].flags & NM_FIELD_REPEATED) != 0;
}

/** Whether the field is computed from others, so that it cannot be set. */
static inline bool
nmpy_message_is_computed(const nmpy_message *m, size_t row)
{
    return m->schema->schema->fields[row].number == 0;
}

/** What the program made of a field: borrowed; NULL where the octets have the word. */
static inline PyObject *
nmpy_message_changed(const nmpy_message *m, size_t row)
{
    return m->changes != NULL ? m->changes->values[row] : NULL;
}

/** Whether the field is among the keys. Hidden ones are not, but are there for who names them. */
static inline bool
nmpy_message_is_listed(const nmpy_message *m, size_t row)
{
    return (m->schema->schema->fields[row].flags & NM_FIELD_HIDDEN) == 0;
}

/** Number of rows of the type, 0 for types that nobody knows. */
static inline size_t
nmpy_message_row_count(const nmpy_message *m)
{
    return m->schema != NULL ? m->schema->schema->field_count : 0;
}

/** Row of the field `name`, or -1 (no exception set) if there is none, -2 with one set. */
static inline Py_ssize_t
nmpy_message_row(const nmpy_message *m, PyObject *name)
{
    return m->schema != NULL ? nmpy_schema_row(m->schema, name) : -1;
}

/* -- message.c -- */

/** What a message is made of, apart from its fields as objects. */
typedef struct nmpy_parts {
    const nmpy_schema *schema;
    const nm_payload *payload;
    const nm_slot *slots; /**< One for every row of `schema`, if there is one. */
    bool strings_are_bytes;
    bool is_time_default;
} nmpy_parts;

/** A message of `type` with copies of all that. @return new reference, or NULL. */
PyObject *nmpy_message_build(PyTypeObject *type, const nmpy_parts *parts);

/** The same of the type that `parts` tell, for messages that were read. */
PyObject *nmpy_message_of_parts(nmpy_state *state, const nmpy_parts *parts);

/* -- message_read.c -- */

/** All values of a repeated field in the octets, as a new list; NULL with an exception set. */
PyObject *nmpy_message_wire_list(nmpy_message *m, size_t row);

/** Value of a row: new reference; NULL without exception when the message has none. A list belongs
 *  to the message from then on: what is appended to it is written. */
PyObject *nmpy_message_value(nmpy_message *m, size_t row);

/** As nmpy_message_value(), NULL without exception also for a list that was emptied. */
PyObject *nmpy_message_present_value(nmpy_message *m, size_t row);

/** The listed fields as a new dict. */
PyObject *nmpy_message_as_dict(nmpy_message *m);

/** Slots and methods of both a message and its `fields`; self is the message. */
PyObject *nmpy_message_subscript(PyObject *self, PyObject *key);
int nmpy_message_contains(PyObject *self, PyObject *key);
Py_ssize_t nmpy_message_length(PyObject *self);
PyObject *nmpy_message_iter(PyObject *self);
PyObject *nmpy_message_keys(PyObject *self, PyObject *unused);
PyObject *nmpy_message_values(PyObject *self, PyObject *unused);
PyObject *nmpy_message_items(PyObject *self, PyObject *unused);
PyObject *nmpy_message_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs);

/* -- message_change.c -- */

/** Make room for changed values. From then on the collector looks at the object.
 *  @return 0, or -1 with an exception set. */
int nmpy_message_allow_changes(nmpy_message *m);

/** Set all the fields in `kwargs`, or none. @return 0, or -1 with an exception set. */
int nmpy_message_set_all(nmpy_message *m, PyObject *kwargs);

/** As above. */
int nmpy_message_ass_subscript(PyObject *self, PyObject *key, PyObject *value);
PyObject *nmpy_message_update(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *nmpy_message_pop(PyObject *self, PyObject *const *args, Py_ssize_t nargs);
PyObject *nmpy_message_setdefault(PyObject *self, PyObject *const *args, Py_ssize_t nargs);

/* -- message_encode.c -- */

/** The fields of a message as they are now, with what the program changed. */
typedef struct nmpy_fields {
    nm_fields fields;
    nm_payload payload;                  /**< The header, and the octets of `fields`. */
    nm_buffer scratch;                   /**< Holds the octets if something was changed. */
    nm_slot slots[NM_SCHEMA_FIELDS_MAX]; /**< And these their index. */
} nmpy_fields;

/** Fill *out, which borrows from the message of a known type and must not move. End with
 *  nmpy_fields_clear(), also after a failure. @return 0, or -1 with an exception set. */
int nmpy_fields_init(nmpy_fields *out, nmpy_message *m);
void nmpy_fields_clear(nmpy_fields *fields);

/** Slot tp_richcompare: equal when header and octets are. */
PyObject *nmpy_message_richcompare(PyObject *self, PyObject *other, int operation);

/* -- message_fields.c -- */

/** The class of m.fields. */
int nmpy_message_fields_init(PyObject *module, nmpy_state *state);

/** The message behind m.fields, borrowed; NULL (no exception set) if `object` is none. */
nmpy_message *nmpy_message_of_fields(nmpy_state *state, PyObject *object);

/** Getters of fields, field_types and field_names. */
PyObject *nmpy_message_get_fields(PyObject *self, void *closure);
PyObject *nmpy_message_get_field_types(PyObject *self, void *closure);
PyObject *nmpy_message_get_field_names(PyObject *self, void *closure);

/* -- message_copy.c -- */

PyObject *nmpy_message_copy(PyObject *self, PyObject *unused);
PyObject *nmpy_message_reduce(PyObject *self, PyObject *unused);

/* -- message_text.c, message_dict.c -- */

/** Say that nobody knows the type of the message. @param what  The call. @return NULL. */
PyObject *nmpy_raise_unknown_type(nmpy_message *m, const char *what);

/** Text of a row: str, list of str, or None when it is absent. @return new reference or NULL. */
PyObject *nmpy_message_row_text(nmpy_message *m, const nmpy_fields *now, size_t row);

PyObject *nmpy_message_to_json(PyObject *self, PyObject *unused);
PyObject *nmpy_message_from_json(PyObject *class, PyObject *text);
PyObject *nmpy_message_to_dict(PyObject *self, PyObject *unused);
PyObject *nmpy_message_text(PyObject *self, PyObject *key);
extern const char nmpy_message_to_json_doc[];
extern const char nmpy_message_from_json_doc[];
extern const char nmpy_message_to_dict_doc[];
extern const char nmpy_message_text_doc[];

/* -- message_show.c, message_html.c -- */

PyObject *nmpy_message_repr(PyObject *self);
PyObject *nmpy_message_str(PyObject *self);
PyObject *nmpy_message_repr_html(PyObject *self, PyObject *unused);

/* -- message_header.c, message_time.c -- */

/** All attributes: vid, time_sec, source … */
extern PyGetSetDef nmpy_message_getset[];

/** The line of text that print_nmsg_header() writes. @return new reference or NULL. */
PyObject *nmpy_message_header_text(PyObject *self);

/** Refuse to delete an attribute. @return 0, or -1 with an exception set. */
int nmpy_refuse_delete(PyObject *value, const char *name);

PyObject *nmpy_message_get_time(PyObject *self, void *closure);
int nmpy_message_set_time(PyObject *self, PyObject *value, void *closure);
PyObject *nmpy_message_get_time_ns(PyObject *self, void *closure);
int nmpy_message_set_time_ns(PyObject *self, PyObject *value, void *closure);
PyObject *nmpy_message_get_time_sec(PyObject *self, void *closure);
int nmpy_message_set_time_sec(PyObject *self, PyObject *value, void *closure);
PyObject *nmpy_message_get_time_nsec(PyObject *self, void *closure);
int nmpy_message_set_time_nsec(PyObject *self, PyObject *value, void *closure);

#endif
