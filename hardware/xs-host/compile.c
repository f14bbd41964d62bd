/* What the desktop has for Moddable's xsc (compile) and xsl's linking of names: bytecode that runs in place. */
#include "xsAll.h"
#include "xsScript.h"
#include "rom.h"

extern void fxRemapIDs(txMachine* the, txByte* code, txSize size, txID* ids);

static char* parseErrorText;
static int parseErrorBytes;

/* Keeps the first error: those after it are mostly its consequences. */
static void noteParseError(void* console, txString path, txInteger line, txString format, c_va_list arguments)
{
	int used;
	(void)console;
	if (parseErrorText[0])
		return;
	used = snprintf(parseErrorText, (size_t)parseErrorBytes, "SyntaxError: %s:%d: ", path ? path : "?", (int)line);
	vsnprintf(parseErrorText + used, (size_t)(parseErrorBytes - used), format, arguments);
}

static void ignoreParseWarning(void* console, txString path, txInteger line, txString format, c_va_list arguments)
{
	(void)console;
	(void)path;
	(void)line;
	(void)format;
	(void)arguments;
}

static txScript* parseFile(txMachine* root, FILE* file, txUnsigned flags)
{
	txParser parser;
	txParserJump jump;
	txString sourceMap = NULL;
	txScript* volatile script = NULL;

	fxInitializeParser(&parser, root, root->parserBufferSize, root->parserTableModulo);
	parser.firstJump = &jump;
	parser.reportError = noteParseError;
	parser.reportWarning = ignoreParseWarning;
	if (c_setjmp(jump.jmp_buf) == 0) {
		parser.path = fxNewParserSymbol(&parser, (txString)romModuleName());
		fxParserTree(&parser, file, (txGetter)fgetc, flags, &sourceMap);
		fxParserHoist(&parser);
		fxParserBind(&parser);
		script = fxParserCode(&parser);
	}
	fxTerminateParser(&parser);
	return parseErrorText[0] ? NULL : script;
}

/* Interns the script's names in the root machine, so that names too lie in ROM, and writes their final numbers into
   the code. Afterwards the code depends on no table and can be run from read-only memory. */
static void linkNames(txMachine* root, txScript* script)
{
	txByte* at = script->symbolsBuffer;
	txID count, i;
	txID* ids;

	mxDecodeID(at, count);
	ids = malloc(count * sizeof(txID));
	ids[0] = XS_NO_ID;
	for (i = 1; i < count; i++) {
		ids[i] = fxNewNameC(root, (txString)at);
		at += strlen((char*)at) + 1;
	}
	fxRemapIDs(root, script->codeBuffer, script->codeSize, ids);
	free(ids);
}

/* The parser's opcodes for functions and string literals copy their bytes into a chunk, that is, into RAM. Their
   archive twins, of the same length, refer to the bytes in the code itself; Moddable's linker swaps them in like this. */
static void runInPlace(txByte* code, txSize size)
{
	txByte* at = code;
	txByte* end = code + size;
	while (at < end) {
		txU1 opcode = *(txU1*)at;
		txS1 length = gxCodeSizes[opcode];
		switch (opcode) {
		case XS_CODE_CODE_1: *(txU1*)at = XS_CODE_CODE_ARCHIVE_1; break;
		case XS_CODE_CODE_2: *(txU1*)at = XS_CODE_CODE_ARCHIVE_2; break;
		case XS_CODE_CODE_4: *(txU1*)at = XS_CODE_CODE_ARCHIVE_4; break;
		case XS_CODE_STRING_1: *(txU1*)at = XS_CODE_STRING_ARCHIVE_1; break;
		case XS_CODE_STRING_2: *(txU1*)at = XS_CODE_STRING_ARCHIVE_2; break;
		case XS_CODE_STRING_4: *(txU1*)at = XS_CODE_STRING_ARCHIVE_4; break;
		default: break;
		}
		/* gxCodeSizes: above 0 is the whole length; 0 is followed by a name; below 0 by that many bytes of a count. */
		at++;
		if (length > 0)
			at += length - 1;
		else if (length == 0)
			at += sizeof(txID);
		else if (length == -1) {
			txU1 count = *(txU1*)at;
			at += 1 + count;
		}
		else if (length == -2) {
			txU2 count;
			mxDecode2(at, count);
			at += count;
		}
		else {
			txS4 count;
			mxDecode4(at, count);
			at += count;
		}
	}
}

/* @param flags mxDebugFlag: with the numbers of lines in it
   @returns bytecode that depends on no table, in a script to delete; NULL and the error text where there is none */
static txScript* compile(txMachine* root, const char* path, txUnsigned flags, char* errorText, int errorTextBytes)
{
	const char* slash = strrchr(path, '/');
	FILE* file = fopen(path, "r");
	txScript* script;

	parseErrorText = errorText;
	parseErrorBytes = errorTextBytes;
	errorText[0] = 0;
	romSetModuleName(slash ? slash + 1 : path);
	if (!file) {
		snprintf(errorText, (size_t)errorTextBytes, "cannot read the bundle %s: %s", path, strerror(errno));
		return NULL;
	}
	script = parseFile(root, file, flags);
	fclose(file);
	if (!script) {
		if (!errorText[0])
			snprintf(errorText, (size_t)errorTextBytes, "SyntaxError: %s", romModuleName());
		return NULL;
	}
	linkNames(root, script);
	runInPlace(script->codeBuffer, script->codeSize);
	return script;
}

int romLoad(txMachine* root, const char* path, char* errorText, int errorTextBytes)
{
	txScript* script = compile(root, path, 0, errorText, errorTextBytes);
	txByte* code;
	if (!script)
		return 0;
	code = fxAllocateChunks(root, (script->codeSize + 15) & ~15);
	memcpy(code, script->codeBuffer, (size_t)script->codeSize);
	romPlace(code, script->codeSize);
	fxDeleteScript(script);
	return 1;
}

static void writeString(FILE* file, const char* text)
{
	fputc('"', file);
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;
		if (byte < ' ' || byte > '~' || byte == '"' || byte == '\\' || byte == '?')
			fprintf(file, "\\%03o", byte);
		else
			fputc(byte, file);
	}
	fputs("\",\n", file);
}

static void writeName(FILE* file, const char* name)
{
	writeString(file, name ? name : "");
}

int romWriteImage(txMachine* root, const char* bundlePath, const char* imagePath, int hasLines, char* errorText, int errorTextBytes)
{
	/* Whoever reads the lines wants to read the names of built-ins too. */
	txID firstId = hasLines ? 1 : (txID)root->keyIndex;
	txScript* script = compile(root, bundlePath, hasLines ? mxDebugFlag : 0, errorText, errorTextBytes);
	FILE* file;
	txSize i;
	if (!script)
		return 0;
	file = fopen(imagePath, "w");
	if (!file) {
		snprintf(errorText, (size_t)errorTextBytes, "cannot write the image %s: %s", imagePath, strerror(errno));
		return 0;
	}
	fprintf(file, "/* Bytecode of %s, linked by xs-host. */\n#include \"image.h\"\n", romModuleName());
	fprintf(file, "const char imageModuleName[] = \n");
	writeString(file, romModuleName());
	fseek(file, -2, SEEK_CUR);
	fprintf(file, ";\nconst int imageFirstId = %d;\nconst int imageNameCount = %d;\nconst char* const imageNames[] = {\n", firstId,
		root->keyIndex - firstId);
	for (i = firstId; i < root->keyIndex; i++)
		writeName(file, fxGetKeyName(root, (txID)i));
	fprintf(file, "0 };\nconst int imageCodeBytes = %d;\nconst signed char imageCode[] __attribute__((aligned(16))) = {", (int)script->codeSize);
	for (i = 0; i < script->codeSize; i++)
		fprintf(file, "%s%d,", i % 32 ? "" : "\n", script->codeBuffer[i]);
	fprintf(file, "\n};\n");
	fxDeleteScript(script);
	return fclose(file) == 0;
}
