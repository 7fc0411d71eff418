// Loads and checks the OpenAPI document of each profile; fails if one is not sound.
import SwaggerParser from "@apidevtools/swagger-parser";

for (const profile of ["live", "documented"]) {
  const api = await SwaggerParser.validate(`${profile}.json`, { dereference: { circular: "ignore" } });
  const schemas = Object.keys(api.components.schemas).length;
  console.log(`openapi: ${profile} is a sound OpenAPI ${api.openapi} document: webhooks ${Object.keys(api.webhooks)}, ${schemas} schemas`);
}
