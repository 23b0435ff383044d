/* SPDX-License-Identifier: Apache-2.0 */
/* Dicts that are there to be copied: those of messages of one type mostly have the same keys, and
 * a copy in which values are replaced costs less than a dict that grows key by key. */
#ifndef NMPY_DICT_FORMS_H
#define NMPY_DICT_FORMS_H

#include "module.h"

/** Make place for the forms of a type. @return 0, or -1 with an exception set. */
int nmpy_dict_forms_init(nmpy_schema *schema);
void nmpy_dict_forms_clear(nmpy_schema *schema);

/** The fields of a message as a dict.
 *  @param rows    One bit for each row that has a value.
 *  @param values  Of those rows, in the order of rows. They are taken, also on failure.
 *  @return new reference, or NULL with an exception set. */
PyObject *nmpy_dict_of_fields(const nmpy_schema *schema, uint64_t rows, PyObject **values);

/** Members of a message as JSON has it, in that order. */
typedef enum nmpy_member {
    NMPY_MEMBER_TIME,
    NMPY_MEMBER_VNAME,
    NMPY_MEMBER_MNAME,
    NMPY_MEMBER_SOURCE,
    NMPY_MEMBER_OPERATOR,
    NMPY_MEMBER_GROUP,
    NMPY_MEMBER_MESSAGE,
    NMPY_MEMBER_COUNT,
} nmpy_member;

/** A message as a dict. Names of vendor and type follow from `schema`.
 *  @param values  One for each member; NULL: it has none, or its value follows. They are taken,
 *                 also on failure.
 *  @return new reference, or NULL with an exception set. */
PyObject *nmpy_dict_of_message(const nmpy_schema *schema, PyObject *values[NMPY_MEMBER_COUNT]);

#endif
