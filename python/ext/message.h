/* SPDX-License-Identifier: Apache-2.0 */
/* The message object, for the two files that implement it. */
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

/** All values of a repeated field in the octets, as a new list; NULL with an exception set. */
PyObject *nmpy_message_wire_list(nmpy_message *m, size_t row);

/** Make room for changed values. From then on the collector looks at the object.
 *  @return 0, or -1 with an exception set. */
int nmpy_message_allow_changes(nmpy_message *m);

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

/** m[key] = value; NULL and None delete the field. @return 0, or -1 with an exception set. */
int nmpy_message_set(nmpy_message *m, PyObject *key, PyObject *value);

/** `key in m`. @return 1, 0, or -1 with an exception set. */
int nmpy_message_contains(PyObject *self, PyObject *key);

/** The slot of m[key] = value and del m[key]. */
int nmpy_message_ass_subscript(PyObject *self, PyObject *key, PyObject *value);

/** Slot tp_richcompare: equal when header and octets are. */
PyObject *nmpy_message_richcompare(PyObject *self, PyObject *other, int operation);

/** Say that nobody knows the type of the message. @param what  The call. @return NULL. */
PyObject *nmpy_raise_unknown_type(nmpy_message *m, const char *what);

/** Methods to_json(), from_json(), to_dict() and text(). */
PyObject *nmpy_message_to_json(PyObject *self, PyObject *unused);
PyObject *nmpy_message_from_json(PyObject *class, PyObject *text);
PyObject *nmpy_message_to_dict(PyObject *self, PyObject *unused);
PyObject *nmpy_message_text(PyObject *self, PyObject *key);
extern const char nmpy_message_to_json_doc[];
extern const char nmpy_message_from_json_doc[];
extern const char nmpy_message_to_dict_doc[];
extern const char nmpy_message_text_doc[];

/** Header attributes: vid, time_sec, source … */
extern PyGetSetDef nmpy_message_getset[];

#endif
