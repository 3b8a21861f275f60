// The document of the potd that serves this page, and nothing from anywhere else.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  docExpansion: "list",
  validatorUrl: null,
  tryItOutEnabled: false,
  supportedSubmitMethods: ["get"],
});
