/* What kringd says to its operator: one line an event, for journald.
 *
 * 	<6>listening address=[::1]:8443 tls=yes
 *
 * A line is a priority prefix of sd-daemon(3), the name of the event, and key=value
 * pairs. It never holds an address of a client, an account, a group or any content: those
 * are not even parameters. Control characters are replaced, so no value can forge a
 * line. */
#ifndef KRING_SERVER_JOURNAL_H
#define KRING_SERVER_JOURNAL_H

enum journal_priority {
	JOURNAL_ERROR = 3,   /* something an operator must look at */
	JOURNAL_WARNING = 4, /* something that an operator may want to look at */
	JOURNAL_NOTICE = 5,  /* normal, but worth a line: started, reloaded, stopping */
	JOURNAL_INFO = 6,
	JOURNAL_DEBUG = 7,
};

/* The largest line; what is longer is cut. */
#define JOURNAL_LINE_BYTES 1024

/* Say nothing below this priority. JOURNAL_INFO at the start. */
void journal_set_level(enum journal_priority least);

/* Write one line to standard error with a single write, from any thread.
 *   event   a stable name in snake_case
 *   format  the key=value pairs; a value that may hold a space stands in quotes */
void journal(enum journal_priority priority, const char *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
