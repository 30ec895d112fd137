#include <kring/err.h>

struct err_text {
	const char *name;
	const char *sentence;
};

static const struct err_text texts[KR_ERR_END] = {[KR_OK] = {"ok", "Success."},
#define KR_ERR_TEXT(symbol, err_name, err_sentence)                                      \
	[KR_ERR_##symbol] = {err_name, err_sentence},
	KR_ERR_LIST(KR_ERR_TEXT)
#undef KR_ERR_TEXT
};

const char *kr_err_name(enum kr_err err)
{
	if ((unsigned)err >= KR_ERR_END) {
		return "unknown";
	}
	return texts[err].name;
}

const char *kr_err_sentence(enum kr_err err)
{
	if ((unsigned)err >= KR_ERR_END) {
		return "An unknown error.";
	}
	return texts[err].sentence;
}
