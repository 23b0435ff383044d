/* SPDX-License-Identifier: Apache-2.0 */
/* Octets from and to Python objects that are no descriptors: file objects and memory. */
#ifndef NMPY_FILE_OBJECT_H
#define NMPY_FILE_OBJECT_H

#include "module.h"

#include "io/input.h"
#include "io/output.h"
#include "io/sink.h"

/** What gives octets to an input of nm_input_open_fed(), piece by piece. */
typedef struct nmpy_feed nmpy_feed;

/** From what object.read1() or object.read() gives: bytes, or str for text.
 *  @param object  Borrowed as long as the feed is used.
 *  @return NULL with an exception set. Free with nmpy_feed_free(). */
nmpy_feed *nmpy_feed_new_object(PyObject *object, bool is_text);

/** From memory that may change while it is read, and is therefore copied piece by piece.
 *  @param object  Has contiguous octets; its buffer is kept. */
nmpy_feed *nmpy_feed_new_memory(PyObject *object);

/** Single containers that object.receive(may_wait) gives as bytes: None when there is none, after
 *  waiting for a moment if it may. For an input of nm_input_open_handed().
 *  @param object  Borrowed as long as the feed is used. */
nmpy_feed *nmpy_feed_new_handed(PyObject *object);

/** Accepts NULL. Keeps an exception that is set. */
void nmpy_feed_free(nmpy_feed *feed);

/** nm_input_fill() with as much food as it needs. The object's methods are called with the GIL,
 *  which is given up for decoding.
 *  @param may_wait    When the object has nothing now (its read() gave None): until it has.
 *  @param called_off  Ends that; looked at with the GIL.
 *  @return as nm_input_fill(); NM_STOPPED also with an exception of the object set. */
nm_status nmpy_feed_fill(nmpy_feed *feed, nm_input *in, bool may_wait, const bool *called_off,
                         nm_error *err);

/** A sink that calls object.write() with bytes, or with str if it is an io.TextIOBase. It takes the
 *  GIL from the nmpy_wait that it is called with, and does nothing (NM_AGAIN) with any other
 *  permission to wait.
 *
 *  An exception of the object is left set: the sink gives NM_E_SYSTEM, or NM_STOPPED if the
 *  exception is none of class Exception.
 *  @param object       Borrowed as long as the sink is used.
 *  @param may_be_text  What is written is text; else it is bytes in any case.
 *  @return NULL with an exception set. */
nm_sink *nmpy_object_sink_new(PyObject *object, bool may_be_text);

/** Raise io.UnsupportedOperation, as objects without descriptor do. @return NULL always. */
PyObject *nmpy_raise_no_descriptor(void);

#endif
