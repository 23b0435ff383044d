/* SPDX-License-Identifier: Apache-2.0 */
/* A run of nmsgtool: what is open, what went wrong. */
#ifndef NMSGTOOL_TOOL_H
#define NMSGTOOL_TOOL_H

#include "io/kafka.h"
#include "io/kick_file.h"
#include "io/pace.h"
#include "io/relay.h"
#include "io/text_line.h"
#include "io/worker_pool.h"
#include "settings.h"

/** An input, and what was bad about it. */
typedef struct tool_inlet {
    char *name; /**< For messages. */
    nm_input *in;
    nm_pace *pace;  /**< Or NULL. */
    bool is_socket; /**< Anybody may send to it: what is bad is told only if that is asked for. */
    bool is_zmq;
    bool is_kafka;
    bool is_text;
    bool is_pres;
    bool is_interface;
    bool is_pcap; /**< Its frames are packets, from an interface or a file. */
    uint64_t bad_frames[NM_STATUS_COUNT]; /**< Containers, lines and records, by what was wrong. */
    uint64_t bad_messages[NM_STATUS_COUNT]; /**< Messages in containers, the same. */
} tool_inlet;

/** What an output writes. */
typedef enum tool_outlet_kind {
    TOOL_SOCKET,
    TOOL_ZMQ,
    TOOL_KAFKA,
    TOOL_NMSG,
    TOOL_PRES,
    TOOL_JSON,
    TOOL_PCAP,
} tool_outlet_kind;

/** An output. */
typedef struct tool_outlet {
    tool_outlet_kind kind;
    char *name; /**< As it was given, for messages. */
    char *path; /**< Of files, also after chdir(); NULL for what is no file, and standard output. */
    nm_output *out;
    nm_kick_file *kick; /**< Of files that are changed, or NULL. */
    bool has_failed;    /**< That was told. */
} tool_outlet;

/** Everything. */
typedef struct tool {
    tool_options options;
    tool_settings settings;
    nm_aliases aliases;
    nm_alias_table *operators; /**< Owned; the same as in `aliases`. */
    nm_alias_table *groups;
    nm_relay *relay;
    nm_worker_pool *pool;
    nm_text_options texts[NM_INPUT_TEXTS_MAX]; /**< What inputs have workers write. */
    size_t text_count;
    tool_inlet **inlets;
    size_t inlet_count;
    tool_outlet **outlets;
    size_t outlet_count;
    nm_pace **paces; /**< Of outputs. */
    size_t pace_count;
    bool has_failed;     /**< The exit status will be 1. */
    bool is_pipe_closed; /**< Nobody reads standard output any more. */
} tool;

/** Write a line to standard error, with the name of the program in front. */
void tool_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** The same at debug level 2 and above. */
#define tool_tell(t, ...)                                                                          \
    do {                                                                                           \
        if ((t)->options.debug >= 2) {                                                             \
            tool_say(__VA_ARGS__);                                                                 \
        }                                                                                          \
    } while (0)

/** The sentence of an error, and what the system says, if it does.
 *  @param room  Octets at `out`.  @return `out`. */
const char *tool_error_text(const nm_error *err, char *out, size_t room);

/* -- main.c -- */

/** Tell what came and went so far, at debug level 2 and above. */
void tool_tell_totals(const tool *t);

/* -- kafka.c -- */

/** Take an endpoint apart, and fill in what both directions need. @return false after telling. */
bool tool_kafka_options(tool *t, const char *text, nm_kafka_options *out);

/** An endpoint without what stands in front of the topic. */
const char *tool_kafka_name(const char *text);

/** Whether an endpoint gets messages as lines of JSON. */
bool tool_kafka_takes_text(const tool *t, const char *text);

/* -- inlets.c -- */

/** Open all inputs that options name. @return false after telling what is wrong. */
bool tool_open_interfaces(tool *t);
bool tool_open_captures(tool *t);
bool tool_open_sockets(tool *t);
bool tool_open_endpoints(tool *t);
bool tool_open_topics(tool *t);
bool tool_open_files(tool *t);
bool tool_open_channels(tool *t);
bool tool_open_texts(tool *t);

/** A hook of the relay: something in an input was bad. */
nm_status tool_input_failed(void *context, size_t input, bool is_frame, const nm_error *err);

/** A message could not be written as text. */
void tool_message_failed(tool *t, size_t input, const nm_error *err);

/** Tell how much was bad, and close. */
void tool_close_inputs(tool *t);

/** Counts over all inputs. */
nm_input_stats tool_input_totals(const tool *t);

/* -- outlets.c -- */

/** Open outputs of one kind. @return false after telling what is wrong. */
bool tool_open_outputs(tool *t, tool_outlet_kind kind, const tool_list *list);

/** Hooks of the relay. */
nm_status tool_output_failed(void *context, size_t output, size_t input, const nm_error *err);
nm_status tool_renew_output(void *context, size_t output, nm_relay_reason reason);
nm_status tool_open_output(void *context, size_t output);

/** Write what is left, close, and change names of files. */
void tool_close_outputs(tool *t);

/* -- stats.c -- */

/** Tell what each input has counted. */
void tool_tell_stats(const tool *t);

/** The same, as a hook of the relay. */
nm_status tool_tick(void *context);

/* -- daemon.c -- */

/** Go to the background. Returns in the child only; the parent ends when the child is ready or has
 *  ended, and with its status.
 *  @return Descriptor for tool_daemon_ready(); -1: it did not work, *err tells. */
int tool_daemon_start(nm_error *err);

/** All is open: leave terminal and folder behind, and let the parent end.
 *  @param keeps_input, keeps_output  Standard input and output are in use. */
void tool_daemon_ready(int fd, bool keeps_input, bool keeps_output);

/** Take the rights of a user. @param pid_file  Descriptor to give to that user, or -1.
 *  @return false after telling. */
bool tool_become(const tool *t, int pid_file);

#endif
