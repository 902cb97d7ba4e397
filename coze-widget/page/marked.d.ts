/** The part of marked that the widget uses. */
export function lexer(text: string, options: { gfm: boolean; breaks: boolean }): unknown[];
