#include "test.h"

#include <string.h>

#include "clients/cli/arguments.h"

static void test_duration(void **state)
{
	static const struct {
		const char *text;
		uint64_t unit_s, seconds;
		bool ok;
	} rows[] = {
		{"0", 60, 0, true},
		{"5", 1, 5, true},
		{"5", 60, 300, true},
		{"90s", 60, 90, true},
		{"2h", 60, 7200, true},
		{"1d", 3600, 86400, true},
		{"2w", 1, 1209600, true},
		{"", 1, 0, false},
		{"h", 1, 0, false},
		{"-5", 1, 0, false},
		{"+5", 1, 0, false},
		{" 5", 1, 0, false},
		{"5x", 1, 0, false},
		{"5 m", 1, 0, false},
		{"1.5h", 1, 0, false},
		{"99999999999999999999", 1, 0, false},
		{"5000d", 1, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		uint64_t seconds = 1;

		print_message("# %s\n", rows[i].text);
		assert_int_equal(
			arguments_duration(rows[i].text, rows[i].unit_s, &seconds),
			rows[i].ok);
		assert_int_equal(seconds, rows[i].seconds);
	}
}

static bool read_line(struct arguments *out, char complaint[256], char *line, char **argv)
{
	int argc = 0;
	char *save = NULL;

	for (char *word = strtok_r(line, " ", &save); word;
		word = strtok_r(NULL, " ", &save)) {
		argv[argc++] = word;
	}
	argv[argc] = NULL;
	return arguments_read(out, argc, argv, complaint);
}

static void test_globals(void **state)
{
	char line[] = "kring -j --profile work -c linden feed --timeout 2m 7 "
		      "--keystore /k --offline -y -g c --passphrase-fd 3";
	char complaint[256];
	char *argv[32];
	struct arguments a;

	(void)state;
	/* Before the command and after it, between its words. */
	assert_false(read_line(&a, complaint, line, argv)); /* feed takes no word */
	assert_true(strstr(complaint, "7"));
	assert_true(a.is_json && a.is_offline && a.is_yes);
	assert_string_equal(a.profile, "work");
	assert_string_equal(a.community, "linden");
	assert_string_equal(a.group, "c");
	assert_string_equal(a.keystore, "/k");
	assert_int_equal(a.timeout_ms, 120000);
	assert_int_equal(a.passphrase_fd, 3);
}

static void test_accepts_and_rejects(void **state)
{
	static const struct {
		const char *line;
		const char *command; /* NULL: refused */
		int num_words;
	} rows[] = {
		{"kring feed", "feed", 0}, {"kring circle add a b", "circle add", 2},
		{"kring circle add a --json b", "circle add", 2},
		{"kring rules", "rules", 0}, {"kring rules set a b c", "rules set", 3},
		{"kring show -- 12", "show", 1},
		{"kring comment 12 -- --json", "comment", 2},
		{"kring feed --help 1 2 3", "feed", 3}, {"kring circle", NULL, 0},
		{"kring circle fly", NULL, 0}, {"kring fee", NULL, 0},
		{"kring rules sett", NULL, 0}, {"kring show 1 2", NULL, 0},
		{"kring feed --timeout 0", NULL, 0}, {"kring feed --timeout -1", NULL, 0},
		{"kring feed --profile ../x", NULL, 0},
		{"kring feed --profile .", NULL, 0},
		{"kring feed --passphrase-fd x", NULL, 0},
		{"kring feed --passphrase-fd -1", NULL, 0}, {"kring feed --max", NULL, 0},
		{"kring feed --qr x", NULL, 0}, {"kring -q feed", NULL, 0},
		{"kring --max 3 feed", NULL, 0}, /* not an option of every command */
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		char line[128], complaint[256];
		char *argv[32];
		struct arguments a;
		bool ok;

		print_message("# %s\n", rows[i].line);
		(void)snprintf(line, sizeof(line), "%s", rows[i].line);
		ok = read_line(&a, complaint, line, argv);
		assert_int_equal(ok, rows[i].command != NULL);
		if (ok) {
			assert_string_equal(a.command->name, rows[i].command);
			assert_int_equal(a.num_words, rows[i].num_words);
		} else {
			assert_true(complaint[0] != '\0');
		}
	}
}

/* Whatever is wrong is named, and nothing beside it. */
static void test_complaints(void **state)
{
	static const struct {
		const char *line;
		const char *complaint;
	} rows[] = {
		{"kring -q feed", "there is no option -q"},
		{"kring feed -qx", "there is no option -q"},
		{"kring feed -jqx", "there is no option -q"},
		{"kring show 12 -qj", "there is no option -q"},
		{"kring show -q 12", "there is no option -q"},
		{"kring show 12 --nonsense", "there is no option --nonsense"},
		{"kring feed -\xc3\xa9", "there is no option -?"},
		{"kring feed --json=3", "there is no option --json=3"},
		{"kring show 12 -t", "-t needs a value"},
		{"kring show 12 -jt", "-t needs a value"},
		{"kring feed --max", "--max needs a value"},
		{"kring feed -t 0 --json",
			"this does not fit, or stands there twice: --timeout 0"},
		{"kring feed -jt0",
			"this does not fit, or stands there twice: --timeout 0"},
		{"kring feed --max 3 --max 4",
			"this does not fit, or stands there twice: --max 4"},
		{"kring return --follow --follow",
			"this does not fit, or stands there twice: --follow"},
		{"kring show 1 2 3", "too many words, from \"2\" on"},
		{"kring nonsense 1", "there is no command \"nonsense\""},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		char line[128], complaint[256];
		char *argv[32];
		struct arguments a;

		print_message("# %s\n", rows[i].line);
		(void)snprintf(line, sizeof(line), "%s", rows[i].line);
		assert_false(read_line(&a, complaint, line, argv));
		assert_string_equal(complaint, rows[i].complaint);
	}
}

/* One id in 64 begins as an option does. */
static void test_ids(void **state)
{
#define ID   "-nbtcfkD5Oya5GVxeelzZRlsfYm-uCUmkti5vecvK4k"
#define LONG "--bVH4POl1Ee1nL__m9TWYsClSpO9Yacg_LiaJROJ8x"
	static const struct {
		const char *line;
		const char *id; /* NULL: refused */
	} rows[] = {
		{"kring case acknowledge " ID " Dank", ID},
		{"kring case -j " ID, ID},
		{"kring case " ID " -j", ID},
		{"kring case part " ID " --inbox " ID, ID},
		{"kring case " LONG, LONG},
		{"kring case close " LONG " other Klaar", LONG},
		{"kring case " ID "k", NULL},
		{"kring case -" ID, NULL},
		{"kring case -nbtcfkD", NULL},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		struct arguments a;
		char line[256], complaint[256];
		char *argv[16];

		print_message("# %s\n", rows[i].line);
		(void)snprintf(line, sizeof(line), "%s", rows[i].line);
		assert_int_equal(
			read_line(&a, complaint, line, argv), rows[i].id != NULL);
		if (rows[i].id != NULL) {
			assert_string_equal(a.words[0], rows[i].id);
		}
	}
#undef LONG
#undef ID
}

/* What the table of commands has to keep to. */
static void test_table(void **state)
{
	const struct command *command, *other;

	(void)state;
	for (size_t i = 0; (command = command_at(i)); i++) {
		size_t num_params = command_num_params(command);

		print_message("# %s\n", command->name);
		assert_true(command->summary && command->examples);
		assert_memory_equal(command->examples, "kring ", 6);
		assert_true(strstr(command->examples, command->name) != NULL);
		/* A request, or code that makes its own. */
		assert_true(command->request || command->run);
		/* Only the last word may stand for many or be left out. */
		for (size_t p = 0; p + 1 < num_params; p++) {
			assert_false(command_is_many(&command->params[p]));
			assert_true(!command->params[p].is_optional ||
				command->params[p + 1].is_optional);
		}
		for (size_t j = 0; j < i; j++) {
			other = command_at(j);
			assert_string_not_equal(command->name, other->name);
		}
		for (size_t o = 0; o < command_num_options(command); o++) {
			const struct command_option *option = &command->options[o];

			assert_int_equal(option->value == NULL,
				option->kind == VALUE_FLAG ||
					option->kind == VALUE_UNFLAG);
			for (size_t g = 0; g < num_global_options; g++) {
				assert_string_not_equal(
					option->name, global_options[g].name);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_globals),
		cmocka_unit_test(test_accepts_and_rejects),
		cmocka_unit_test(test_complaints),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
