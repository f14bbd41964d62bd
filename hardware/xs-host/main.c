/* The desktop host's entry: options, and the memory of the device by default. */
#include "xs.h"
#include "border.h"
#include "host.h"

#include <string.h>

/* How far below its limit the C stack may still be used, by XS between two checks and by the system; measured too. */
#define C_STACK_MARGIN_BYTES (32u << 10)

static void usage(const char* complaint, const char* word)
{
	fprintf(stderr, "xs-host: %s%s\n"
		"usage: xs-host [--arena BYTES] [--stack SLOTS] [--c-stack BYTES] [--preload] [--image FILE [--lines]] bundle.js\n", complaint, word);
	exit(EXIT_BAD_USE);
}

static size_t readSize(const char* name, const char* text)
{
	char* end;
	unsigned long value = text ? strtoul(text, &end, 10) : 0;
	if (value == 0 || *end)
		usage("a positive number must follow ", name);
	return value;
}

/* @returns the file for the image, or NULL */
static const char* readOptions(Profile* profile, int* hasLines, int count, char** words)
{
	const char* image = NULL;
	int i;
	for (i = 1; i < count; i++) {
		if (!strcmp(words[i], "--arena")) {
			profile->arenaBytes = readSize("--arena", words[i + 1]) & ~(size_t)15;
			i++;
		}
		else if (!strcmp(words[i], "--stack")) {
			profile->stackSlots = (int)readSize("--stack", words[i + 1]);
			i++;
		}
		else if (!strcmp(words[i], "--c-stack")) {
			profile->cStackBytes = readSize("--c-stack", words[i + 1]);
			i++;
		}
		else if (!strcmp(words[i], "--preload"))
			profile->preload = 1;
		else if (!strcmp(words[i], "--image")) {
			image = words[++i];
			if (!image)
				usage("a file must follow ", "--image");
		}
		else if (!strcmp(words[i], "--lines"))
			*hasLines = 1;
		else if (words[i][0] == '-')
			usage("unknown option ", words[i]);
		else if (profile->bundlePath)
			usage("more than one bundle: ", words[i]);
		else
			profile->bundlePath = words[i];
	}
	if (!profile->bundlePath)
		usage("no bundle", "");
	return image;
}

int main(int count, char** words)
{
	Profile profile = {
		/* The ESP32-C3 target of Moddable 8.2.3: one pool of 94208 bytes, 384 slots of it stack; 10 KB of C stack.
		   64-bit code has larger frames. */
		.arenaBytes = 94208,
		.stackSlots = 384,
		.cStackBytes = 10240 * (sizeof(void*) / 4),
		.cStackMarginBytes = C_STACK_MARGIN_BYTES,
	};
	int hasLines = 0;
	const char* image = readOptions(&profile, &hasLines, count, words);

	if (image)
		return machineWriteImage(&profile, image, hasLines);
	hostRun(&profile);
	return 0;
}
