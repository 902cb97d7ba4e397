// Teaches Redocly where extensions of the spec hold schemas, so that it follows their references.
const events = { properties: {}, items: 'CozeEvent' };

export default () => ({
  id: 'coze',
  typeExtension: {
    oas3: (types) => {
      const extended = (name, properties) => ({
        ...types[name],
        properties: { ...types[name].properties, ...properties },
      });
      return {
        ...types,
        Root: extended('Root', { 'x-coze-channels': 'CozeChannels' }),
        Schema: extended('Schema', { 'x-coze-stream': 'CozeEvents' }),
        CozeChannels: { properties: {}, additionalProperties: 'CozeChannel' },
        CozeChannel: { properties: { client: 'CozeEvents', server: 'CozeEvents' }, additionalProperties: {} },
        CozeEvents: events,
        CozeEvent: { properties: { schema: 'Schema' }, additionalProperties: {} },
      };
    },
  },
});
