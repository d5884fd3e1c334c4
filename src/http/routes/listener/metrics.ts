import { z } from 'zod';
import { route } from '../../route.ts';

export const metrics = route({
  id: 'metrics',
  tag: 'Operations',
  method: 'GET',
  path: '/metrics',
  access: 'anyone',
  summary: 'The measurements of the service, for Prometheus',
  answers: { 200: { description: 'The measurements.', mediaType: 'text/plain', body: z.string() } },
  problems: [],
  async handle(_, { metrics }) {
    return { status: 200, contentType: metrics.contentType, body: await metrics.scrape() };
  },
});
