// Keeps out what an earlier page of the same feed has shown.
import type { Filter } from './filter.ts';

export const served: Filter = (item, request) => (request.served.has(item.id) ? 'on_an_earlier_page' : null);
