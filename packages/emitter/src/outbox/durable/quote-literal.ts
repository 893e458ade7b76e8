/** SQL of a text, whatever is in it. */
export const quoteLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`
