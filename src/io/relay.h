/* SPDX-License-Identifier: Apache-2.0 */
/* From inputs to outputs: takes messages of all inputs in turn and gives them to the outputs, one
 * after the other or all.
 *
 * What becomes of errors, and of outputs that hold as much as they may, the hooks say. */
#ifndef NM_IO_RELAY_H
#define NM_IO_RELAY_H

#include "io/input.h"
#include "io/output.h"

/** Inputs, outputs, and what goes on between them. */
typedef struct nm_relay nm_relay;

/** Why an output is renewed. */
typedef enum nm_relay_reason {
    NM_RELAY_COUNT,    /**< It holds as many messages as it may. */
    NM_RELAY_INTERVAL, /**< Its time is over. */
    NM_RELAY_REOPEN,   /**< Somebody asked for it. */
} nm_relay_reason;

/** What the owner decides. All are called by the thread that runs the relay, and what is not NM_OK
 *  ends the run and is what it returns. */
typedef struct nm_relay_hooks {
    void *context;

    /** Whether a message is to be passed on. NULL: all are. */
    bool (*wants)(void *context, const nm_payload *payload);

    /** A piece of an input was bad and skipped, or (NM_E_SYSTEM, NM_E_REMOTE, NM_E_NOMEM) the input
     *  cannot be read any more.
     *  @param is_frame  It is about a container or line; else about one message. */
    nm_status (*input_failed)(void *context, size_t input, bool is_frame, const nm_error *err);

    /** An output cannot write a message as text (NM_E_TYPE, NM_E_PARSE, NM_E_LIMIT), which is left
     *  out, or cannot write at all. @param input  Where the message is from. */
    nm_status (*output_failed)(void *context, size_t output, size_t input, const nm_error *err);

    /** Put a fresh output in place of this one; or NULL, and one is asked for when it is needed. */
    nm_status (*renew)(void *context, size_t output, nm_relay_reason reason);

    /** Put an output where there is none. */
    nm_status (*open)(void *context, size_t output);

    /** It is time: tick_sec seconds are over. May be NULL. */
    nm_status (*tick)(void *context);
} nm_relay_hooks;

/** Options; zeros for none. */
typedef struct nm_relay_options {
    bool is_mirroring;       /**< Every message to every output; else each to the next in turn. */
    uint64_t count;          /**< Messages that an output may hold. */
    int64_t interval_sec;    /**< Time between two moments at which outputs are over. */
    int64_t interval_offset; /**< The moments are multiples of the time since 1970, plus this. */
    bool is_renewing;        /**< What is full or over is renewed; else it ends the run. */
    int64_t tick_sec;        /**< Time between two calls of the hook tick(); 0: none. */
    nm_relay_hooks hooks;
} nm_relay_options;

/** New one, with nothing to do. @param options  Copied. @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_relay_new(const nm_relay_options *options, nm_relay **out,
                                     nm_error *err);

/** Accepts NULL. Inputs and outputs stay the owner's. */
void nm_relay_free(nm_relay *r);

/** Add an input. Those are numbered from 0 on. Borrowed.
 *
 *  One that is kept track of (nm_input_is_tracked()) is told every five seconds what is done with,
 *  after all outputs were flushed; in the end, whoever closes them does that.
 *  @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_relay_add_input(nm_relay *r, nm_input *in, nm_error *err);

/** Add an output.
 *  @param out  Where the owner has it, to be changed by hooks; borrowed. */
NM_MUST_CHECK nm_status nm_relay_add_output(nm_relay *r, nm_output **out, nm_error *err);

/** Pass messages on until all inputs have ended, or outputs hold as much as they may, or a hook
 *  says so. Does not flush or close.
 *  @return NM_OK; NM_STOPPED: nm_relay_stop(); what a hook returned; NM_E_SYSTEM, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_relay_run(nm_relay *r, nm_error *err);

/** End the run. What sockets have received is passed on before, and what waits for a reader gets a
 *  second to go on, until the second call. May be
 *  called by signal handlers and other threads. */
void nm_relay_stop(nm_relay *r);

/** Have all outputs renewed. May be called by signal handlers and other threads. */
void nm_relay_reopen(nm_relay *r);

/** How long the hooks may wait: until nm_relay_stop() and a second more. */
const nm_wait *nm_relay_wait(const nm_relay *r);

/** Messages that were written, to all outputs together, and to one since it was renewed. */
uint64_t nm_relay_written(const nm_relay *r);
uint64_t nm_relay_held(const nm_relay *r, size_t output);

#endif
