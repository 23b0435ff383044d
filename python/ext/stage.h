/* SPDX-License-Identifier: Apache-2.0 */
/* Messages on their way from containers to Python objects: copied out without the GIL, made
 * objects with it. */
#ifndef NMPY_STAGE_H
#define NMPY_STAGE_H

#include "module.h"

enum { NMPY_STAGE_MAX = 1024 /**< Messages at a time. */ };

/** Copies of messages in the order in which they came. */
typedef struct nmpy_stage nmpy_stage;

/** @return NULL with an exception set. Free with nmpy_stage_free(). */
nmpy_stage *nmpy_stage_new(void);

/** Accepts NULL. */
void nmpy_stage_free(nmpy_stage *stage);

/** Empty it. @param max  Messages it takes, up to NMPY_STAGE_MAX. */
void nmpy_stage_begin(nmpy_stage *stage, size_t max);

/** An nm_input_each that copies the message into the stage, its context.
 *  @return false when it is full, by number or octets, or there is no memory. */
bool nmpy_stage_add(void *stage, const nm_message *message);

/** Messages in it. */
size_t nmpy_stage_count(const nmpy_stage *stage);

/** Whether it takes no more. */
bool nmpy_stage_is_full(const nmpy_stage *stage);

/** Whether a message was lost because there was no memory for its copy. */
bool nmpy_stage_has_failed(const nmpy_stage *stage);

/** The object of message `i`. @return new reference, or NULL. */
PyObject *nmpy_stage_object(nmpy_stage *stage, size_t i, nmpy_state *state, bool strings_are_bytes);

#endif
