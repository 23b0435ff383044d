/* SPDX-License-Identifier: Apache-2.0 */
/* The options of nmsgtool: a table, from which come the parser, --help, the man page and what
 * shells complete; and what the words of a command line are by it. */
#ifndef NMSGTOOL_OPTIONS_H
#define NMSGTOOL_OPTIONS_H

#include "base/status.h"

#include <stdbool.h>
#include <stdio.h>

/** The arguments of an option that may be given several times; borrowed from the command line. */
typedef struct tool_list {
    const char **items;
    size_t count;
} tool_list;

/** What the command line says. Zero: not given. */
typedef struct tool_options {
    tool_list read_nmsg;
    tool_list read_json;
    tool_list read_pres;
    tool_list read_sock;
    tool_list read_channel;
    tool_list read_pcap;
    tool_list read_interface;
    tool_list read_zmq;
    tool_list read_zmq_channel;
    tool_list read_kafka;
    tool_list write_nmsg;
    tool_list write_json;
    tool_list write_pres;
    tool_list write_sock;
    tool_list write_pcap;
    tool_list write_zmq;
    tool_list write_kafka;
    tool_list filters;
    tool_list statistics;
    const char *bpf;
    const char *links;
    const char *fragments;
    const char *fragment_timeout;
    const char *dnsqr_timeout;
    const char *dnsqr_queries;
    const char *dnsqr_only;
    const char *dnsqr_rd;
    const char *dnsqr_exclude;
    const char *dnsqr_include;
    const char *dnsqr_auth;
    const char *dnsqr_res;
    const char *endline;
    const char *kafka_key;
    const char *kicker;
    const char *pid_file;
    const char *policy;
    const char *user;
    const char *vendor;
    const char *type;
    const char *get_source;
    const char *get_operator;
    const char *get_group;
    const char *set_source;
    const char *set_operator;
    const char *set_group;
    int64_t byte_rate; /* Numbers may be negative, which stands for "not given". */
    int64_t count;
    int64_t interval;
    int64_t mtu;
    int64_t zlevel;
    int64_t stats;
    unsigned debug;
    bool is_daemon;
    bool is_zeroing;
    bool is_mirroring;
    bool is_randomized;
    bool is_unbuffered;
    bool is_compressed;
    bool wants_help;
    bool wants_version;
} tool_options;

/** What an option takes, and so the type of its member in tool_options. */
typedef enum tool_option_kind {
    TOOL_FLAG,   /**< bool */
    TOOL_COUNT,  /**< unsigned: how often it was given */
    TOOL_NUMBER, /**< int64_t */
    TOOL_TEXT,   /**< const char *: the last counts */
    TOOL_LIST,   /**< tool_list */
} tool_option_kind;

/** Under which heading --help has an option. */
typedef enum tool_option_group {
    TOOL_GROUP_INPUT,
    TOOL_GROUP_OUTPUT,
    TOOL_GROUP_CHOICE,
    TOOL_GROUP_END,
    TOOL_GROUP_PROCESS,
    TOOL_GROUP_COUNT,
} tool_option_group;

/** What a shell completes an argument with. */
typedef enum tool_completion {
    TOOL_COMPLETE_NOTHING,
    TOOL_COMPLETE_FILES,
    TOOL_COMPLETE_USERS,
    TOOL_COMPLETE_TYPES, /**< Names of message types. */
    TOOL_COMPLETE_WORDS, /**< The `words` of the option. */
} tool_completion;

/** One option. */
typedef struct tool_option {
    char letter;      /**< NUL: none. */
    const char *name; /**< Behind "--". */
    tool_option_group group;
    tool_option_kind kind;
    size_t member;        /**< Offset in tool_options. */
    const char *argument; /**< Its name in help; NULL: it takes none. */
    const char *help;     /**< A few words. */
    const char *detail;   /**< Sentences for the man page, or NULL. */
    tool_completion completion;
    const char *words;
} tool_option;

extern const tool_option tool_option_table[];
extern const size_t tool_option_count;

/** Headings of the groups. */
extern const char *const tool_group_titles[TOOL_GROUP_COUNT];

/** Take a command line apart.
 *
 *  Words that begin with "-" are options, all others ("-" too) arguments, which go to the options
 *  that want one in their order: "-r -J in out" is "-r in -J out". Letters may share a dash
 *  ("-ddz"), and then their arguments follow ("-rJ in out"). What follows a letter and cannot be
 *  read as letters for which there are arguments is its argument ("-c2"). Names may be shortened as
 *  long as they are clear, and have their argument behind "=" or in the next word.
 *  @param out  Filled, also on failure; free with tool_options_clear().
 *  @param err  What is wrong, as the peer puts it.
 *  @return NM_OK, NM_E_ARGUMENT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status tool_options_parse(int count, const char *const *words, tool_options *out,
                                           nm_error *err);

/** Free lists. */
void tool_options_clear(tool_options *options);

/** Write --help. */
void tool_options_help(FILE *to);

#endif
