import { envelopeSchema } from '../src/subscribers/envelope-schema.ts';
import { exampleEvent } from '../src/subscribers/example-event.ts';
import { jsonSchemaOf } from '../src/subscribers/json-schema.ts';
import type { PublicEvent } from '../src/subscribers/public-event.ts';
import { ALL_PUBLIC_EVENTS } from '../src/subscribers/public-events.ts';

const NAMING = { typePrefix: 'import-api', origin: 'https://imports.example.com' };

interface Member {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly description?: string;
}

/** The envelope and the public events, from their declarations, for docs/events.md. */
export function madeOfEvents(): string {
  const [first] = ALL_PUBLIC_EVENTS as readonly [PublicEvent];
  const envelope = `\n## The members of the envelope\n\n${tableOf(envelopeSchema(NAMING, first))}`;
  return [envelope, ...ALL_PUBLIC_EVENTS.map(sectionOf)].join('');
}

function sectionOf(mapping: PublicEvent): string {
  const { name, version, title, description, data } = mapping;
  const example = JSON.stringify(exampleEvent(NAMING, mapping), null, 2);
  return (
    `\n## ${name}\n\n${title}. ${description} The type is \`${NAMING.typePrefix}.${name}\`, unless the operators chose another prefix. ` +
    `Version ${version}.\n\n${tableOf(data)}\n\`\`\`json\n${example}\n\`\`\`\n`
  );
}

function tableOf(schema: PublicEvent['data']): string {
  const { properties } = jsonSchemaOf(schema, 'draft-2020-12') as { properties: { [name: string]: Member } };
  const rows = Object.entries(properties).map(
    ([name, { type, enum: values, description = '' }]) =>
      `| \`${name}\` | ${values?.map((value) => `\`${value}\``).join(', ') ?? [type].flat().join(' or ')} | ${description} |`,
  );
  return `| Member | Value | What it is |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}
