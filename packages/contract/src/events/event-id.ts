const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether a value can be an event's id: a UUID of any version, in upper or lower case. */
export const isEventId = (value: unknown): value is string => typeof value === 'string' && uuid.test(value)
